import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// When everything here was made: 2027-01-15 08:00:00 UTC.
let now = Date(timeIntervalSince1970: 1_800_000_000)

/// A CA with an issuing one below it, and what it signed. It is made once and kept in a directory: an input that is
/// wrong for it is wrong the next time too.
struct Material {
    /// Where a certificate is looked for, as in the tests' own material.
    struct Holder {
        let certificate: Certificate
    }

    /// Where it is kept.
    let directory: String
    /// Where an input is put that has to be a file; it goes with the process's own.
    let scratch: String
    let ledger: SQLiteLedger
    let authority: Authority?
    /// The CAs, the root first.
    let members: [Holder]
    let issued: Holder
    let lists: [RevocationList]

    var root: Holder { members[0] }
    var signer: Holder { members[members.count - 1] }

    init(_ directory: String) throws {
        self.directory = directory
        scratch = NSTemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let ledger = try SQLiteLedger(path: FilePath(directory).appending("ledger.sqlite"), clock: { now })
        let authority = try Authority.open(ledger: ledger, clock: { now }) ?? Self.make(ledger)
        let entry = try ledger.entries(LedgerQuery(profiles: [.server], states: [.issued])).first
        guard let der = entry?.certificate else { throw POSIXError(.ENOENT) }
        members = authority.certificates.reversed().map { Holder(certificate: $0) }
        issued = Holder(certificate: try Certificate(der: der))
        lists = try authority.certificates.compactMap { issuer in
            try ledger.latestRevocationList(issuer: issuer.serialNumber, at: now)?.decoded()
        }
        (self.ledger, self.authority) = (ledger, authority)
    }

    private static func make(_ ledger: SQLiteLedger) throws -> Authority {
        let authority = try Authority.create(
            AuthorityParameters(name: "Example Mail CA", domains: ["example.org"], offlineRoot: true), ledger: ledger,
            clock: { now })
        _ = try authority.revocationLists(days: 300)
        _ = try authority.issue(.server(["mail.example.org"]))
        return authority
    }

    /// What a target begins with, made once as well.
    func seeds(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = URL(fileURLWithPath: "\(directory)/seeds-\(target.rawValue)")
        if !FileManager.default.fileExists(atPath: folder.path) {
            let made = try target.seeds(self)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            for (name, bytes) in made { try Data(bytes).write(to: folder.appending(path: name)) }
        }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).map {
            [UInt8](try Data(contentsOf: $0))
        }
    }
}
