import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// When everything here was made: 2027-01-15 08:00:00 UTC.
let now = Date(timeIntervalSince1970: 1_800_000_000)

/// A CA with an issuing one below it, and what it signed. It lives as long as the process.
struct Material {
    let directory: String
    let authority: Authority?
    let members: [Authority.Member]
    let issued: IssuedCertificate
    let lists: [RevocationList]
    let ledger: SQLiteLedger

    var root: Authority.Member { members[0] }
    var signer: Authority.Member { members[members.count - 1] }

    init() throws {
        var template = Array("\(NSTemporaryDirectory())/mailca-fuzz-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        ledger = try SQLiteLedger(path: FilePath(directory).appending("ledger.sqlite"), clock: { now })
        var kept: [Authority.Member] = []
        let authority = try Authority.create(
            AuthorityParameters(name: "Example Mail CA", domains: ["example.org"], offlineRoot: true), ledger: ledger,
            clock: { now }, keep: { kept = $0 })
        members = kept
        issued = try authority.issue(.server(["mail.example.org"]))
        lists = try authority.revocationLists(days: 300).map { try $0.decoded() }
        self.authority = authority
    }
}
