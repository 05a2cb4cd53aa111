import OpenSSLKit

/// Whether key and certificate belong together.
struct PairCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard let key = snapshot.key, !snapshot.certificates.isEmpty else { return [] }
        let path = snapshot.path(Snapshot.Name.privateKey)
        let log = "Sendmail's log: STARTTLS=server, error: SSL_CTX_check_private_key failed(\(path)): 0"
        let position = snapshot.certificates.firstIndex { (try? $0.publicKey()).map { key.matches($0) } == true }
        switch position {
        case 0: return []
        case nil:
            return [
                Finding(
                    "pair.mismatch", .error, path, "the key does not belong to the certificate in cert.pem (\(log))",
                    remedy: snapshot.renewal)
            ]
        case let position?:
            return [
                Finding(
                    "chain.order", .error, snapshot.path(Snapshot.Name.certificate),
                    "the server's own certificate is number \(position + 1) in the file and has to be the first (\(log))",
                    remedy: snapshot.renewal)
            ]
        }
    }
}
