import OpenSSLKit

/// Whether key and certificate belong together.
struct PairCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard let key = snapshot.key, !snapshot.certificates.isEmpty else { return [] }
        let position = snapshot.certificates.firstIndex { (try? $0.publicKey()).map { key.matches($0) } == true }
        switch position {
        case 0: return []
        case nil:
            let outcome = snapshot.outcome(of: .mismatch)
            return [
                Finding(
                    "pair.mismatch", .error, snapshot.path(Snapshot.Name.privateKey),
                    "the key does not belong to the certificate in cert.pem\(outcome)", remedy: snapshot.renewal)
            ]
        case let position?:
            let outcome = snapshot.outcome(of: .leafNotFirst)
            return [
                Finding(
                    "chain.order", .error, snapshot.path(Snapshot.Name.certificate),
                    "the server's own certificate is number \(position + 1) in the file and has to be the first\(outcome)",
                    remedy: snapshot.renewal)
            ]
        }
    }
}
