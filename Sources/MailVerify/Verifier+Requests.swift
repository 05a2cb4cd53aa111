import MailCA
import OpenSSLKit

extension Verifier {
    /// Checks a request for a certificate (PKCS #10, RFC 2986) by the rules by which the CA signs one.
    func report(on request: CertificateRequest, _ path: String) -> Report {
        var report = Report()
        func add(_ id: String, _ severity: Severity, _ message: String, _ remedy: String) {
            report.add([Finding(id, severity, path, message, remedy: remedy)])
        }
        let again = "make a new key and a new request"
        if !request.signatureIsValid {
            add("request.signature", .error, "it is not signed with the key that it holds, so nobody signs it", again)
        }
        let key = try? request.publicKey()
        if let reason = Self.weakness(of: request, key) { add("request.key", .error, reason, again) }
        var (profile, names, problem) = (Profile.server, [String](), MailCAError?.none)
        do throws(MailCAError) { names = try RequestedNames.of(request, for: .server) } catch {
            problem = error
            if let others = try? RequestedNames.of(request, for: .client) {
                (profile, names, problem) = (.client, others, nil)
            }
        }
        if let problem {
            add("request.names", .warning, problem.message, "mailca sign \(path) --profile server --as HOST")
        }
        if let authority, problem == nil, !report.hasErrors {
            let parameters: CertificateParameters =
                profile == .server
                ? .server(names, request: request) : .client(names.joined(separator: " "), request: request)
            do throws(MailCAError) { try authority.check([parameters]) } catch {
                add(
                    "request.refused", .warning, "the CA of this machine would not sign it: \(error.message)",
                    error.hint ?? again)
            }
        }
        let subject = (try? request.subject().description) ?? "none that can be read"
        let kind = profile == .server ? "server" : "user"
        let sign = names.isEmpty ? [] : ["asks for a \(kind)'s certificate: \(names.joined(separator: ", "))"]
        let algorithm = key?.algorithm.map { "key \($0.rawValue)" } ?? "a key of another kind"
        report.files.append(
            FileDetail(path, kind: "request", lines: ["subject \(subject)", algorithm] + sign))
        return report
    }

    /// Why the key is none that a CA should certify; nil where it is one.
    private static func weakness(of request: CertificateRequest, _ key: PublicKey?) -> String? {
        guard let key else { return "the key in it cannot be read" }
        guard let algorithm = key.algorithm else {
            return
                "the key is none of \(KeyAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")): too short, or of a curve or kind that mail programs do not take"
        }
        if !request.exponentIsSound { return "the public exponent of the RSA key is even or below 65537" }
        if !algorithm.isRSA && algorithm != .ed25519 && key.encoded.first != 4 {
            return "the key is written as a compressed point, which many programs do not read"
        }
        return nil
    }
}
