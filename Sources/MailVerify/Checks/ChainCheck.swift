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
        if !snapshot.isSelfSigned, snapshot.chain.dropFirst().contains(where: \.isSelfSigned) {
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
            if found.dropFirst().dropLast().contains(where: { !sent.contains($0) }) {
                findings.append(
                    Finding(
                        "chain.incomplete", .error, path,
                        "the issuing CA's certificate is not in it, so a client that trusts the root alone cannot verify the server",
                        remedy: snapshot.renewal))
            }
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

    /// Whether the certificate, or one that is sent with it, names one of the CAs of this directory as its issuer.
    private func isOurs(_ snapshot: Snapshot) -> Bool {
        let subjects = snapshot.authorities.compactMap { try? $0.subject().der }
        return snapshot.chain.contains { certificate in
            (try? certificate.issuer().der).map { subjects.contains($0) } == true
        }
    }
}
