import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

/// The time at which everything here is made: 2027-01-15 08:00:00 UTC.
let now = Date(timeIntervalSince1970: 1_800_000_000)

/// A CA for one test, in a directory of its own that goes with it.
struct TestAuthority {
    let scratch: TemporaryDirectory
    let authority: Authority
    /// Certificates and keys as they were handed over to be kept.
    let members: [Authority.Member]

    init(_ name: String = "Example Mail CA", offlineRoot: Bool = false) throws {
        scratch = try TemporaryDirectory()
        var kept: [Authority.Member] = []
        authority = try Authority.create(
            AuthorityParameters(name: name, domains: ["example.org"], offlineRoot: offlineRoot),
            ledger: try SQLiteLedger(path: FilePath(scratch.file("ledger.sqlite")), clock: { now }), clock: { now },
            keep: { kept = $0 })
        members = kept
    }

    /// The plan of a server's whole directory.
    func plan(_ host: String = "mail.example.org") throws -> LayoutPlan {
        let lists = try authority.revocationLists()
        return try MailLayout.sendmail.plan(
            try authority.issue(.server([host])), issuedBy: authority, crl: try #require(lists.first))
    }
}

/// The plan of a server certificate that no CA signed.
func selfSignedPlan(_ host: String = "mail.example.org") throws -> LayoutPlan {
    try MailLayout.sendmail.plan(selfSigned: try SelfSigned.server([host], now: now))
}

extension Certificate {
    /// The stem of the link that leads to it.
    var hash: String {
        get throws { try subject().linkHash() }
    }
}

extension TemporaryDirectory {
    /// The path of something in it, or its own.
    func place(_ name: String? = nil) -> FilePath {
        let own = FilePath(path).lexicallyNormalized()
        return name.map { own.appending($0) } ?? own
    }

    /// What the directory of that name in it holds.
    func tree(_ name: String? = nil, hashes: [String: String] = [:]) throws -> [String] {
        try MailLayoutsTests.tree(place(name), hashes: hashes)
    }
}

/// A line for each name in a directory: mode, name, and the kind of content or where a link leads.
/// - Parameter hashes: what to write in place of the stem of a hash link.
func tree(_ directory: FilePath, hashes: [String: String] = [:]) throws -> [String] {
    let status = try #require(FileStatus(directory))
    return ["\(status.octal) ."]
        + (try FileContent.names(in: directory)).map { name in line(name, directory, hashes) }
        .sorted { $0.dropFirst(5) < $1.dropFirst(5) }
}

private func line(_ name: String, _ directory: FilePath, _ hashes: [String: String]) -> String {
    let path = directory.appending(name)
    if let target = FileContent.linkTarget(path) {
        let stem = String(name.prefix(8))
        return "link \(hashes[stem].map { "<\($0)>" + name.dropFirst(8) } ?? name) -> \(target)"
    }
    guard let status = FileStatus(path) else { return "gone \(name)" }
    guard !status.isDirectory else { return "\(status.octal) \(name)/" }
    guard let bytes = try? FileContent.read(path) else { return "\(status.octal) \(name): unreadable" }
    let labels = ((try? PEMBlock.blocks(in: bytes)) ?? []).map(\.label)
    return "\(status.octal) \(name): \(labels.isEmpty ? "text" : labels.joined(separator: ", "))"
}

/// What became of a call that has to fail.
func failure<Result>(_ work: () throws -> Result) throws -> MailCAError {
    do {
        _ = try work()
    } catch let error as MailCAError {
        return error
    }
    throw NothingFailed()
}

struct NothingFailed: Error {}
