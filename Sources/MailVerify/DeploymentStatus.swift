import FoundationEssentials
public import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// Whether what a mail server reads is what the CA laid out there, and for how long it is good.
public struct DeploymentStatus: Sendable {
    public let deployment: Deployment
    /// The server's certificate that lies there, as the ledger has it; that which should lie there where it does not
    /// know the one that does; nil where only the CA's files were laid out.
    public private(set) var certificate: LedgerEntry?
    /// Whether the directory is there, and may be looked into.
    public private(set) var isThere = true
    /// The names that are not as they were laid out.
    public private(set) var differences: [String] = []
    public private(set) var reasons: [Status.Reason] = []

    /// Whether somebody put a certificate there that the ledger does not know.
    private var isForeign = false

    typealias Name = MailLayout.FileName
    var path: FilePath { FilePath(deployment.directory) }

    init(
        _ deployment: Deployment, _ authority: Authority, _ lists: [SignedRevocationList], lastMaintained: Date?
    ) throws(MailCAError) {
        self.deployment = deployment
        guard FileStatus(path, following: true)?.isDirectory == true else {
            isThere = false
            add(
                .critical, "the directory \(path) is not there, or cannot be looked into",
                "bring it back, or drop it with mailca maintain --forget \(path)")
            certificate = try DeployedDirectory(deployment).certificate(of: authority)
            return
        }
        var plan = try DeployedDirectory(deployment).planOfAuthority(authority, lists)
        let expected = try DeployedDirectory(deployment).certificate(of: authority)
        if let expected {
            let sent = DeployedDirectory(deployment).sent(expected, authority)
            let item = LayoutPlan.Item(Name.certificate, .text(sent))
            plan = plan.merging(LayoutPlan(items: [item]))
        }
        do throws(MailCAError) {
            differences = try plan.differences(in: path).sorted()
        } catch {
            add(.critical, error.message, error.hint ?? "look at the directory")
            return
        }
        if differences.contains(Name.revocationLists) { try judgeList(authority, lists) }
        if let expected { try judgePair(expected, authority, lastMaintained) }
        judgeOthers()
    }

    private mutating func judgeOthers() {
        let others = differences.filter { $0 != Name.revocationLists && !(isForeign && $0 == Name.certificate) }
        if !others.isEmpty {
            let names = others.joined(separator: ", ")
            add(
                .warning,
                others.count == 1
                    ? "\(names) in \(path) is not as the CA laid it out"
                    : "\(names) in \(path) are not as the CA laid them out",
                deployment.servers.isEmpty ? "mailca crl" : "mailca deploy")
        }
        if isForeign {
            add(
                .warning, "\(path.appending(Name.certificate)) is not a certificate of this CA any more",
                "mailca issue-server --force, or drop the deployment with mailca maintain --forget \(path)")
        }
    }

    mutating func add(_ level: Status.Level, _ message: String, _ remedy: String) {
        reasons.append(Status.Reason(level: level, message: message, remedy: remedy))
    }

    private mutating func judgePair(
        _ expected: LedgerEntry, _ authority: Authority, _ lastMaintained: Date?
    ) throws(MailCAError) {
        let file = path.appending(Name.certificate)
        var entry = expected
        var served: Certificate?
        if let present = (try? FileContent.read(file)).flatMap({ try? Certificate.all(pem: $0).first }) {
            let known = try authority.ledger.entry(present.serialNumber)
            if let known, known.certificate == present.der { entry = known } else { isForeign = true }
            served = present
        }
        certificate = entry
        let host = entry.names.first ?? entry.serialNumber.description
        let end = entry.validity.notAfter
        let name = "the certificate of \(host) in \(path)"
        let renewal = "mailca renew \(host)"
        let anew = "mailca issue-server \(entry.names.joined(separator: " ")) --force --certs \(path)"
        if let served { judgeKey(of: served, host) }
        if let revocation = entry.revocation {
            add(
                .critical, "\(name) was revoked on \(Timestamp.readable(revocation.date))",
                anew)
        } else if entry.validity.notBefore > authority.now {
            add(
                .critical, "\(name) counts only from \(Timestamp.readable(entry.validity.notBefore)) on",
                "see that the clock is right, then make another one with \(anew)")
        } else if end < authority.now {
            add(.critical, "\(name) ended on \(Timestamp.readable(end))", renewal)
        } else if end < authority.now.addingTimeInterval(14 * 86_400) {
            add(.warning, "\(name) ends on \(Timestamp.readable(end))", renewal)
        } else if authority.isDue(entry), let lastMaintained, lastMaintained > entry.dueDate {
            add(.warning, "\(name) ends on \(Timestamp.readable(end)), and mailca maintain did not renew it", renewal)
        }
    }

    private mutating func judgeKey(of certificate: Certificate, _ host: String) {
        let file = path.appending(Name.privateKey)
        let remedy = "put the right one back, or make a new pair with mailca rekey \(host)"
        guard let status = FileStatus(file, following: true) else {
            // The key of one that was made from a request may lie elsewhere.
            return add(.warning, "there is no key \(file) for the certificate beside it", remedy)
        }
        if status.permissions & 0o004 != 0 && (FileStatus(path, following: true)?.permissions ?? 0) & 0o001 != 0 {
            let mode = String(status.permissions, radix: 8)
            add(
                .critical, "the key \(file) can be read by everybody here (mode 0\(mode))",
                "if somebody may have, make a new pair with mailca rekey \(host) and revoke the old one for keyCompromise; else chmod o= \(file)"
            )
        }
        // Whose it is not cannot look into it.
        guard var bytes = try? FileContent.read(file) else { return }
        defer { SecretBytes.wipe(&bytes) }
        do throws(PrivateKeyError) {
            let key = try PrivateKey(pem: bytes)
            guard let publicKey = try? certificate.publicKey(), !key.matches(publicKey) else { return }
            add(.critical, "the key \(file) does not belong to the certificate beside it", remedy)
        } catch {
            guard case .unreadable = error else { return }
            add(.critical, "the file \(file) holds no key that can be read", remedy)
        }
    }
}

extension LedgerEntry {
    /// When a third of its life is left.
    fileprivate var dueDate: Date {
        let life = validity.notAfter.timeIntervalSince(validity.notBefore)
        return validity.notAfter.addingTimeInterval(-life / 3)
    }
}
