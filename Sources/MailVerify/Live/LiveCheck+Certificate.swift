import FoundationEssentials
import MailCA
import OpenSSLKit

extension LiveCheck {
    /// Times, name and chain of what the server showed, and whether it is what it should be.
    func certificateFindings(_ session: TLSSession, _ service: MailService, _ subject: String) -> [Finding] {
        guard let leaf = session.certificates.first else {
            return [
                Finding(
                    "live.no-certificate", .error, subject, "it shows no certificate",
                    remedy: "name its certificate and key in its configuration")
            ]
        }
        let renewal = Self.renewal(of: leaf)
        var findings: [Finding] = []
        if let deployed, deployed.certificate != leaf {
            findings.append(
                Finding(
                    "live.other-certificate", .error, subject,
                    "it serves the certificate number \(Self.summary(leaf)), and in \(deployed.path) lies number \(Self.summary(deployed.certificate)): it was not told of that, or reads another file",
                    remedy: "mailca deploy --reload"))
        }
        findings += CertificateCheck.findings(
            of: leaf, "the certificate that it serves", subject, id: "live", now, remedy: renewal)
        guard let fields = try? leaf.fields() else { return findings }
        let isNamed =
            switch service.name {
            case .host(let host): leaf.matches(host: host.ascii)
            case .address(let address): leaf.matches(address: address.bytes)
            }
        if !isNamed {
            let names = fields.extensions.subjectAlternativeNames.map(\.description)
            findings.append(
                Finding(
                    "live.name", .error, subject,
                    "the certificate that it serves is not for \(service.name), but for \(names.isEmpty ? "nobody" : names.joined(separator: ", "))",
                    remedy: Self.issuing(service.name, beside: names)))
        }
        let (chain, issuer) = chainFindings(session.certificates, subject, renewal)
        return findings + chain + stapleFindings(session, issuer: issuer, subject)
    }

    /// - Returns: what is wrong, and who issued it, as far as that is known.
    private func chainFindings(
        _ sent: [Certificate], _ subject: String, _ renewal: String
    ) -> ([Finding], issuer: Certificate?) {
        let roots = anchors.filter(\.isSelfSigned)
        guard !anchors.isEmpty, let store = try? TrustStore(roots: roots), let leaf = sent.first else {
            return ([], nil)
        }
        let failure: TrustStore.Failure
        do throws(TrustStore.Failure) {
            let chain = try store.validate(leaf, chain: Array(sent.dropFirst()), purpose: .server, time: now)
            return ([], chain.dropFirst().first)
        } catch { failure = error }
        let issuer = (anchors + sent.dropFirst()).first { leaf.isSigned(by: $0) && $0 != leaf }
        // Its own time has been told of.
        if failure.depth == 0 && [TrustStore.Failure.expired, TrustStore.Failure.notYetValid].contains(failure.code) {
            return ([], issuer)
        }
        let between = anchors.filter { !$0.isSelfSigned }
        let mended = try? store.validate(leaf, chain: sent.dropFirst() + between, purpose: .server, time: now)
        if !between.isEmpty && mended != nil {
            let missing = Finding(
                "live.chain-incomplete", .error, subject,
                "it does not send the issuing CA's certificate, so that a client that trusts the root alone cannot verify it",
                remedy: renewal)
            return ([missing], issuer)
        }
        let position = failure.depth == 0 ? "it" : "CA certificate \(failure.depth) above it"
        let stranger = Finding(
            "live.untrusted", .error, subject,
            "the certificate number \(Self.summary(leaf)) does not lead to the CA: \(position) does not verify (\(failure.reason))",
            remedy: "have it serve a certificate of this CA (mailca deploy), or name the right CA with --ca")
        return ([stranger], issuer)
    }

    /// Enough to tell one from another.
    static func summary(_ certificate: Certificate) -> String {
        let end = (try? certificate.fields()).map { " (until \(Timestamp.readable($0.validity.notAfter)))" } ?? ""
        return "\(certificate.serialNumber)\(end)"
    }

    /// The command that makes a certificate for one more name.
    private static func issuing(_ name: ServerName, beside others: [String]) -> String {
        let hosts = others.filter { $0.hasPrefix("DNS:") || $0.hasPrefix("IP:") }
            .map { String($0.drop { $0 != ":" }.dropFirst()).shown }
        return "mailca issue-server \((hosts + ["\(name)"]).joined(separator: " ")) --force"
    }

    private static func renewal(of leaf: Certificate) -> String {
        let names = (try? leaf.fields().extensions.subjectAlternativeNames) ?? []
        let host = names.lazy.compactMap { name in
            if case .dnsName(let host) = name { host } else { nil }
        }.first
        return "mailca renew \((host ?? "HOST").shown)"
    }
}
