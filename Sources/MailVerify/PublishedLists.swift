import FoundationEssentials
public import MailCA
import MailLayouts
import OpenSSLKit
public import SystemPackage

/// The revocation lists that lie where mail servers read them, held against the ledger. They tell of what a ledger
/// that was cut short, or put back from a backup, does not know any more.
public struct PublishedLists: Sendable {
    private let authority: Authority

    public init(authority: Authority) { self.authority = authority }

    /// What the directories hold that the CA signed and the ledger does not know, or knows as something else. A
    /// directory that is not there holds nothing.
    /// - Throws: the errors of `Ledger`.
    public func faults(in directories: [FilePath]) throws(MailCAError) -> [AuditFault] {
        let plan = try MailLayout.sendmail.plan(authority, revocationLists: authority.latestRevocationLists())
        var faults: [AuditFault] = []
        for directory in directories where FileStatus(directory, following: true)?.isDirectory == true {
            let names: [String]
            do throws(MailCAError) {
                let different = Set(try plan.differences(in: directory))
                let planned = Set(plan.items.map(\.name))
                // What is just as the ledger has it need not be read again, which takes long for a long list.
                names = try FileContent.names(in: directory).filter {
                    Self.mayHoldList($0) && (different.contains($0) || !planned.contains($0))
                }
            } catch {
                faults.append(AuditFault(act: nil, "the lists in \(directory) cannot be looked at: \(error.message)"))
                continue
            }
            // One list stands in several files.
            var seen: Set<RevocationList> = []
            for name in names {
                let path = directory.appending(name)
                for list in Self.lists(path) where seen.insert(list).inserted {
                    if let message = try fault(of: list, path) { faults.append(AuditFault(act: nil, message)) }
                }
            }
        }
        return faults
    }

    /// `crl.pem`, `crl-1.pem`, `ca-crl.pem`, and what was kept of them under other names.
    private static func mayHoldList(_ name: String) -> Bool { name.hasPrefix("crl") || name.hasPrefix("ca-crl") }

    private static func lists(_ path: FilePath) -> [RevocationList] {
        guard FileStatus(path)?.isRegular == true, let bytes = try? FileContent.read(path) else { return [] }
        return (try? RevocationList.all(pem: bytes)) ?? []
    }

    private func fault(of list: RevocationList, _ path: FilePath) throws(MailCAError) -> String? {
        guard let index = authority.certificates.firstIndex(where: { list.isSigned(by: $0) }) else { return nil }
        let issuer = authority.certificateFields[index]
        guard let number = list.number else {
            return "the list of \(issuer.subject) in \(path) has no number: mailca did not make it"
        }
        let name = "the list number \(number) of \(issuer.subject) in \(path)"
        let past = "the ledger was cut short, or put back from a backup"
        let known = try authority.ledger.revocationList(issuer: issuer.serialNumber, number: number)
        guard let known, known.nextUpdate > known.thisUpdate else {
            let last =
                try authority.ledger.latestRevocationList(issuer: issuer.serialNumber, at: authority.now)?.number ?? 0
            return number > last
                ? "\(name) is newer than the last that the ledger knows (number \(last)): \(past)"
                : "\(name) was signed by the CA, and the ledger does not know it: \(past)"
        }
        guard let start = try? list.thisUpdate() else { return nil }
        // One that was planned and withdrawn has no time any more.
        let isOther = known.thisUpdate.timeIntervalSince1970 > 0 && known.thisUpdate != start
        let isOurs = isOther ? false : try known.mayBe(list)
        guard isOurs else {
            return
                "\(name) is not the one that the ledger has under this number: \(past), and has signed others since"
        }
        return nil
    }
}

extension SignedRevocationList {
    /// Whether it is this list, as far as its bytes are still there.
    fileprivate func mayBe(_ list: RevocationList) throws(MailCAError) -> Bool {
        var rest = list.der[...]
        var isSame = true
        do throws(MailCAError) {
            try withDER { piece in
                isSame = isSame && rest.starts(with: piece)
                rest = rest.dropFirst(piece.count)
            }
        } catch {
            // Another took its place, and only its times were kept.
            guard error.code == .busy else { throw error }
            return true
        }
        return isSame && rest.isEmpty
    }
}
