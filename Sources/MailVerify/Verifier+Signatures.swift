import OpenSSLKit

extension Verifier {
    /// Certificates of a file that are not signed by the one that they name, where that one is at hand: by itself, in
    /// the same file, or as a CA of this machine. It takes no trust to see that one of the two was changed.
    func forgeries(among certificates: [Certificate], _ path: String) -> [Finding] {
        // By name: a file may hold very many.
        let known = Dictionary(grouping: certificates + (authority?.certificates ?? [])) { try? $0.subject() }
        return certificates.compactMap { certificate in
            guard let subject = try? certificate.subject(), let name = try? certificate.issuer() else { return nil }
            let issuers = known[name] ?? []
            guard !issuers.isEmpty, !issuers.contains(where: { certificate.isSigned(by: $0) }) else { return nil }
            return Finding(
                "certificate.forged", .error, path,
                subject == name
                    ? "the certificate of \(subject) says that it signed itself, and did not: it was changed"
                    : "the certificate of \(subject) is not signed by \(name), which it names as its issuer: one of the two was changed, or the issuer is another one of that name",
                remedy: "get the file again from where it came, or have it made again")
        }
    }
}
