import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit

/// Times, names and purpose of the server's certificate and of the CA's.
struct CertificateCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        var findings: [Finding] = []
        if let leaf = snapshot.chain.first {
            let path = snapshot.path(Snapshot.Name.certificate)
            let renewal = snapshot.renewal
            findings += Self.findings(
                of: leaf, "the server's certificate", path, id: "certificate", snapshot.now, remedy: renewal)
            if let fields = try? leaf.fields() {
                if let entry = try? snapshot.authority?.ledger.entry(fields.serialNumber),
                    entry.certificate == leaf.der,
                    let revocation = entry.revocation
                {
                    findings.append(
                        Finding(
                            "certificate.revoked", .error, path,
                            "it was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue)), and clients refuse it",
                            remedy: renewal))
                }
                if fields.extensions.subjectAlternativeNames.isEmpty {
                    findings.append(
                        Finding(
                            "certificate.no-names", .error, path,
                            "it has no subject alternative name, and clients do not look at the common name",
                            remedy: renewal))
                }
                let usage = fields.extensions.extendedKeyUsage
                if !usage.isEmpty && !usage.contains(.serverAuth) {
                    findings.append(
                        Finding(
                            "certificate.purpose", .error, path,
                            "it is not for servers: its extended key usage is \(usage.map(\.description).joined(separator: ", "))",
                            remedy: renewal))
                }
            }
        }
        let path = snapshot.path(Snapshot.Name.authorities)
        for authority in snapshot.authorities {
            let name = (try? authority.subject()).map { "the CA \($0)" } ?? "a CA"
            findings += Self.findings(
                of: authority, name, path, id: "authority", snapshot.now,
                remedy: "make a new CA in another directory with mailca init-ca, and move servers and users over")
        }
        return findings
    }

    /// Whether it can be read, and whether now is within its time.
    static func findings(
        of certificate: Certificate, _ name: String, _ path: String, id: String, _ now: Date, remedy: String
    ) -> [Finding] {
        let fields: CertificateFields
        do { fields = try certificate.fields() } catch {
            return [Finding("\(id).malformed", .error, path, "\(name) is malformed: \(error)", remedy: remedy)]
        }
        let (start, end) = (fields.validity.notBefore, fields.validity.notAfter)
        if now < start {
            return [
                Finding(
                    "\(id).not-yet-valid", .error, path,
                    "\(name) is valid only from \(Timestamp.readable(start)), and it is \(Timestamp.readable(now))",
                    remedy: "set the clock right, as with timedatectl set-ntp true")
            ]
        }
        if !fields.validity.contains(now) {
            return [
                Finding("\(id).expired", .error, path, "\(name) ended on \(Timestamp.readable(end))", remedy: remedy)
            ]
        }
        if end < now.addingTimeInterval(Double(Verifier.warningDays) * 86_400) {
            let days = Int(end.timeIntervalSince(now) / 86_400)
            return [
                Finding(
                    "\(id).expires-soon", .warning, path, "\(name) ends in \(days) days, on \(Timestamp.readable(end))",
                    remedy: remedy)
            ]
        }
        return []
    }
}
