import MailCA
import OpenSSLKit

/// Whether the server's certificate leads to a CA that is trusted here, for the purpose of a server.
struct ChainCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard let leaf = snapshot.chain.first else { return [] }
        let roots = snapshot.isSelfSigned ? [leaf] : snapshot.authorities
        guard !roots.isEmpty, let store = try? TrustStore(roots: roots) else { return [] }
        let path = snapshot.path(Snapshot.Name.certificate)
        var findings: [Finding] = []
        guard leaf.isSelfSigned || isOurs(snapshot) else {
            return [
                Finding(
                    "chain.other-authority", .note, path,
                    "another CA than that of the users signed it: whether clients trust it cannot be told from here",
                    remedy: "nothing, where the certificate is bought or comes from a public CA")
            ]
        }
        // Sendmail leaves out what the file has after the first certificate.
        let sendsFile = snapshot.servers.contains { $0 != .sendmail }
        if sendsFile, !snapshot.isSelfSigned, snapshot.chain.dropFirst().contains(where: \.isSelfSigned) {
            findings.append(
                Finding(
                    "chain.root-included", .note, path,
                    "the root is sent to every client, which has it or does not trust it, unless a DANE record 2 1 1 names it",
                    remedy:
                        "nothing, where there is such a record; else mailca tlsa HOST --usage 2 --withdraw"))
        }
        do throws(TrustStore.Failure) {
            let found = try store.validate(
                leaf, chain: Array(snapshot.chain.dropFirst()), purpose: .server, time: snapshot.now)
            let sent = Set(snapshot.chain)
            if found.dropFirst().dropLast().contains(where: { !sent.contains($0) }),
                let consequences = snapshot.consequences(of: .issuerNotSent)
            {
                findings.append(
                    Finding(
                        "chain.incomplete", .error, path,
                        "the issuing CA's certificate is not in it: \(consequences)", remedy: snapshot.renewal))
            }
            if let missing = issuerNotTrusted(found, snapshot) { findings.append(missing) }
        } catch {
            // Its own time is reported on by the certificate's check.
            if error.depth == 0 && [TrustStore.Failure.expired, TrustStore.Failure.notYetValid].contains(error.code) {
                return findings
            }
            let position = error.depth == 0 ? "the server's certificate" : "CA certificate \(error.depth) above it"
            findings.append(
                Finding(
                    "chain.invalid", .error, path, "\(position) does not verify: \(error.reason)",
                    remedy: snapshot.renewal))
        }
        return findings
    }

    /// A server that leaves out the chain in cert.pem completes it from cacert.pem, or by the links.
    private func issuerNotTrusted(_ found: [Certificate], _ snapshot: Snapshot) -> Finding? {
        let trusted = Set(snapshot.authorities)
        guard found.dropFirst().contains(where: { !trusted.contains($0) && !HashLinkCheck.finds($0, snapshot) }),
            let consequences = snapshot.consequences(of: .issuerNotTrusted)
        else { return nil }
        return Finding(
            "authorities.incomplete", .error, snapshot.path(Snapshot.Name.authorities),
            "the issuing CA's certificate is not in it: \(consequences)", remedy: Snapshot.layout)
    }

    /// Whether the certificate, or one that is sent with it, names one of the CAs of this directory as its issuer.
    private func isOurs(_ snapshot: Snapshot) -> Bool {
        let subjects = snapshot.authorities.compactMap { try? $0.subject().der }
        return snapshot.chain.contains { certificate in
            (try? certificate.issuer().der).map { subjects.contains($0) } == true
        }
    }
}
