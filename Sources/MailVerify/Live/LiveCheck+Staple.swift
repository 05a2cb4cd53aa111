import FoundationEssentials
import MailCA
import OpenSSLKit

extension LiveCheck {
    /// What is wrong with the OCSP response that came with a certificate. None at all is no fault of most.
    /// - Parameter issuer: the CA that signed the certificate, as far as it is known.
    func stapleFindings(_ session: TLSSession, issuer: Certificate?, _ subject: String) -> [Finding] {
        guard let leaf = session.certificates.first else { return [] }
        guard let staple = session.stapledResponse else {
            guard let fields = try? leaf.fields(), fields.extensions.present.contains(ExtensionIdentifier.tlsFeature)
            else { return [] }
            return [
                Finding(
                    "live.staple-missing", .note, subject,
                    "the certificate says that an OCSP response comes with it (RFC 7633), and none does: some clients refuse it",
                    remedy:
                        "give the server a response of the CA's (in Exim: tls_ocsp_file), or take another certificate")
            ]
        }
        func error(_ id: String, _ message: String) -> [Finding] {
            [Finding(id, .error, subject, message, remedy: Self.freshStaple)]
        }
        let answer: OCSPResponse.Answer
        do {
            let response = try OCSPResponse(der: staple)
            // Who signed is not known of a chain that is not good, and that was said.
            guard let issuer else { return [] }
            guard let found = try response.answer(for: leaf, issuer: issuer) else {
                return error(
                    "live.staple-wrong",
                    "the OCSP response that it staples is of another certificate than the one that it serves, \(Self.summary(leaf))"
                )
            }
            do throws(OCSPResponse.Distrust) { try response.verify(issuer: issuer, time: now) } catch {
                return [
                    Finding(
                        "live.staple-untrusted", .error, subject,
                        "the OCSP response that it staples cannot be believed: \(error)", remedy: Self.freshStaple)
                ]
            }
            answer = found
        } catch {
            return [
                Finding(
                    "live.staple-malformed", .error, subject,
                    "the OCSP response that it staples is of no use: \(error)",
                    remedy: Self.freshStaple)
            ]
        }
        switch answer.status {
        case .good: break
        case .revoked(let time, _):
            return [
                Finding(
                    "live.staple-revoked", .error, subject,
                    "the OCSP response that it staples says that its certificate was revoked on \(Timestamp.readable(time))",
                    remedy: "have another certificate made, and serve that: mailca issue-server HOST --force")
            ]
        case .unknown:
            return error(
                "live.staple-unknown", "the OCSP response that it staples says that the CA knows of no such certificate"
            )
        }
        // A clock may be wrong by some minutes.
        if answer.thisUpdate > now.addingTimeInterval(300) {
            return error(
                "live.staple-not-yet-valid",
                "the OCSP response that it staples counts only from \(Timestamp.readable(answer.thisUpdate)) on: one of the clocks is wrong"
            )
        }
        if let end = answer.nextUpdate, end < now {
            return error(
                "live.staple-expired",
                "the OCSP response that it staples ended on \(Timestamp.readable(end)): clients that look at it refuse the server"
            )
        }
        return []
    }

    private static let freshStaple =
        "give the server a new response of the CA's (in Exim: tls_ocsp_file), or none at all"
}
