import OpenSSLKit

/// Whether key and certificate belong together.
struct PairCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard let key = snapshot.key, let leaf = snapshot.chain.first, let publicKey = try? leaf.publicKey(),
            !key.matches(publicKey)
        else { return [] }
        let path = snapshot.path(Snapshot.Name.privateKey)
        let log = "Sendmail's log: STARTTLS=server, error: SSL_CTX_check_private_key failed(\(path)): 0"
        let position = snapshot.chain.firstIndex { (try? $0.publicKey()).map { key.matches($0) } == true }
        guard let position else {
            return [
                Finding(
                    "pair.mismatch", .error, path, "the key does not belong to the certificate in cert.pem (\(log))",
                    remedy: snapshot.isSelfSigned
                        ? "mailca self-signed HOST --force" : "mailca issue-server HOST --force")
            ]
        }
        return [
            Finding(
                "chain.order", .error, snapshot.path(Snapshot.Name.certificate),
                "the server's own certificate is number \(position + 1) in the file and has to be the first (\(log))",
                remedy: "mailca issue-server HOST --force, or move that block to the top")
        ]
    }
}
