public import MailCA
public import MailLayouts
import OpenSSLKit

extension Verifier {
    /// Checks the CA's own state: who can look in, whether files and ledger agree, what was left unfinished.
    /// - Throws: `MailCAError` with code `damaged` and those of reading files and the ledger.
    public func verify(home: Home) throws(MailCAError) -> Report {
        var report = Report(subjects: [home.path.string])
        if let mode = FileStatus(home.path, following: true), mode.permissions & 0o077 != 0 {
            report.add([
                Finding(
                    "home.mode", .error, home.path.string, "the mode is \(mode.octal), so others can look into the CA",
                    remedy: "chmod 0700 \(home.path)")
            ])
        }
        guard let authority else { return report }
        do { try authority.ledger.check() } catch {
            guard error.code == .damaged else { throw error }
            report.add([
                Finding(
                    "ledger.damaged", .error, home.ledger.string, error.message,
                    remedy: "put the ledger back from a backup: mailca restore FILE")
            ])
        }
        for (certificate, fields) in zip(authority.certificates, authority.certificateFields) {
            let profile: Profile = certificate == authority.root ? .root : .issuing
            report.add(try findings(of: certificate, profile, home))
            report.add(
                CertificateCheck.findings(
                    of: certificate, "the CA \(fields.subject)", home.certificate(profile).string, id: "authority", now,
                    remedy: "make a new CA in another directory with mailca init-ca, and move servers and users over"))
        }
        let pending = try authority.ledger.entries(LedgerQuery(states: [.pending]))
        if !pending.isEmpty {
            report.add([
                Finding(
                    "ledger.unfinished", .note, home.ledger.string,
                    "\(pending.count) certificates are being made, or a command was stopped while making them",
                    remedy: "nothing: the next command that issues closes what was left")
            ])
        }
        return report
    }

    private func findings(of certificate: Certificate, _ profile: Profile, _ home: Home) throws(MailCAError)
        -> [Finding]
    {
        let path = home.certificate(profile)
        var findings: [Finding] = []
        guard try FileContent.exists(path) else {
            return [
                Finding(
                    "home.certificate-missing", .error, path.string, "the CA's certificate is not there",
                    remedy: "put the file back from a backup: mailca restore FILE")
            ]
        }
        let found = try? Certificate.all(pem: try FileContent.read(path))
        if found?.first != certificate {
            findings.append(
                Finding(
                    "home.certificate-differs", .error, path.string, "it is not the certificate that the ledger has",
                    remedy: "put the file back from a backup: mailca restore FILE"))
        }
        let key = home.key(profile)
        if let mode = FileStatus(key, following: true), mode.permissions & 0o077 != 0 {
            findings.append(
                Finding(
                    "home.key-mode", .error, key.string, "the mode is \(mode.octal): others can copy the CA's key",
                    remedy: "chmod 0600 \(key)"))
        }
        // The key of a root above an issuing CA is away, as it should be.
        if try !FileContent.exists(key), certificate == authority?.issuer {
            findings.append(
                Finding(
                    "home.key-missing", .error, key.string,
                    "the key is not there, and without it nothing can be issued or revoked",
                    remedy: "put the file back from a backup: mailca restore FILE"))
        }
        if try home.keyIsEncrypted(profile) == false {
            findings.append(
                Finding(
                    "home.key-not-encrypted", .note, key.string,
                    "the CA's key is not encrypted: whoever can read the file can sign as the CA",
                    remedy: "nothing, where that was wanted (--no-passphrase)"))
        }
        return findings
    }
}
