import MailCA
import MailLayouts
import OpenSSLKit

/// Whether the files are there and are what their names say.
struct FilesCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        var findings: [Finding] = []
        let issue = snapshot.renewal
        findings += file(
            snapshot.certificateFile, "certificate", Snapshot.Name.certificate, snapshot,
            isGood: !snapshot.chain.isEmpty,
            remedy: issue)
        findings += key(snapshot, remedy: issue)
        if snapshot.authoritiesFile != nil || (snapshot.authority != nil && !snapshot.isSelfSigned) {
            findings += file(
                snapshot.authoritiesFile, "authorities", Snapshot.Name.authorities, snapshot,
                isGood: !snapshot.authorities.isEmpty, remedy: Snapshot.layout)
        } else if !snapshot.chain.isEmpty && !snapshot.isSelfSigned {
            findings.append(
                Finding(
                    "authorities.missing", .error, snapshot.path(Snapshot.Name.authorities),
                    "the server's certificate is not self-signed, and the certificate of its CA is not here",
                    remedy: "copy the CA's certificate to \(snapshot.path(Snapshot.Name.authorities))"))
        }
        return findings
    }

    private func file(
        _ file: SnapshotFile?, _ id: String, _ name: String, _ snapshot: Snapshot, isGood: Bool, remedy: String
    ) -> [Finding] {
        let path = snapshot.path(name)
        guard let file else {
            return [
                Finding(
                    "\(id).missing", .error, path,
                    "the file is not there, so Sendmail does not offer STARTTLS (its log: STARTTLS=server: file \(path) unsafe: No such file or directory)",
                    remedy: remedy)
            ]
        }
        if case .failure(let error) = file.content {
            return [
                Finding(
                    "\(id).unreadable", .error, path, error.message,
                    remedy: error.code == .permissionDenied ? "sudo mailca verify" : "put a plain file in its place")
            ]
        }
        return isGood
            ? []
            : [
                Finding(
                    "\(id).malformed", .error, path, "there is no certificate in it that can be read", remedy: remedy)
            ]
    }

    private func key(_ snapshot: Snapshot, remedy: String) -> [Finding] {
        let path = snapshot.path(Snapshot.Name.privateKey)
        guard let file = snapshot.keyFile, let bytes = file.bytes else {
            return self.file(snapshot.keyFile, "key", Snapshot.Name.privateKey, snapshot, isGood: true, remedy: remedy)
        }
        if let key = snapshot.key {
            guard !key.isConsistent else { return [] }
            return [
                Finding(
                    "key.malformed", .error, path,
                    "the key is damaged: its parts do not belong together, and what it signs is refused", remedy: remedy
                )
            ]
        }
        let log = "its log: STARTTLS=server, error: SSL_CTX_use_PrivateKey_file(\(path)) failed"
        if PrivateKey.isEncrypted(pem: bytes) {
            return [
                Finding(
                    "key.encrypted", .error, path, "the key is encrypted, and a mail server has nobody to ask (\(log))",
                    remedy: remedy)
            ]
        }
        let isDER = bytes.first == 0x30
        return [
            Finding(
                isDER ? "key.der" : "key.malformed", .error, path,
                isDER
                    ? "the key is in DER, and Sendmail reads PEM (\(log))"
                    : "there is no private key in it that can be read (\(log))",
                remedy: remedy)
        ]
    }
}
