import MailCA
import MailLayouts
import OpenSSLKit

/// Whether the files are there and are what their names say.
struct FilesCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        var findings: [Finding] = []
        let issue = snapshot.renewal
        findings += file(
            snapshot.certificateFile, "certificate", .certificate, snapshot, isGood: !snapshot.chain.isEmpty,
            remedy: issue)
        findings += key(snapshot, remedy: issue)
        let isOurs = snapshot.authority != nil && !snapshot.isSelfSigned
        if snapshot.authoritiesFile != nil || isOurs {
            findings += file(
                snapshot.authoritiesFile, "authorities", .authorities, snapshot,
                isGood: !snapshot.authorities.isEmpty, remedy: Snapshot.layout)
        } else if !snapshot.chain.isEmpty && !snapshot.isSelfSigned {
            findings += file(
                nil, "authorities", .authorities, snapshot, isGood: false,
                remedy: "copy the CA's certificate to \(snapshot.path(Snapshot.Name.authorities))")
        }
        return findings
    }

    private func file(
        _ file: SnapshotFile?, _ id: String, _ role: Fault.Role, _ snapshot: Snapshot, isGood: Bool, remedy: String
    ) -> [Finding] {
        let path = snapshot.path(role.name)
        guard let consequences = snapshot.consequences(of: .missing(role)) else { return [] }
        guard let file else {
            return [
                Finding("\(id).missing", .error, path, "the file is not there: \(consequences)", remedy: remedy)
            ]
        }
        if case .failure(let error) = file.content {
            return [
                Finding(
                    "\(id).unreadable", .error, path, error.message,
                    remedy: error.code == .permissionDenied ? "sudo mailca verify" : "put a plain file in its place")
            ]
        }
        guard !isGood else { return [] }
        let outcome = snapshot.outcome(of: .malformed(role))
        return [
            Finding(
                "\(id).malformed", .error, path, "there is no certificate in it that can be read\(outcome)",
                remedy: remedy)
        ]
    }

    private func key(_ snapshot: Snapshot, remedy: String) -> [Finding] {
        let path = snapshot.path(Snapshot.Name.privateKey)
        guard let file = snapshot.keyFile, let bytes = file.bytes else {
            return self.file(snapshot.keyFile, "key", .key, snapshot, isGood: true, remedy: remedy)
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
        let isDER = bytes.first == 0x30
        let (id, what, fault) =
            PrivateKey.isEncrypted(pem: bytes)
            ? ("key.encrypted", "the key is encrypted, and a mail server has nobody to ask", Fault.encryptedKey)
            : isDER
                ? ("key.der", "the key is in DER, and mail servers read PEM", .keyInDER)
                : ("key.malformed", "there is no private key in it that can be read", .malformed(.key))
        let outcome = snapshot.outcome(of: fault)
        return [Finding(id, .error, path, "\(what)\(outcome)", remedy: remedy)]
    }
}
