import Foundation

/// OpenSSL's own OCSP responder, which signs what a test wants said of a certificate.
public struct OCSPResponder {
    public enum Failure: Error { case refused(String) }

    public enum Status: Sendable { case good, revoked, unknown }

    private let scratch: TemporaryDirectory

    /// - Parameters:
    ///   - issuer: the certificate of the CA, PEM.
    ///   - signer: the certificate of whoever signs; nil for the CA itself.
    ///   - key: of whoever signs, PEM.
    public init(issuer: String, signer: String? = nil, key: String) throws {
        scratch = try TemporaryDirectory()
        try scratch.write(issuer, to: "ca.pem")
        try scratch.write(signer ?? issuer, to: "signer.pem")
        try scratch.write(key, to: "key.pem")
    }

    /// Makes a response.
    /// - Parameters:
    ///   - certificate: of which it is to speak, PEM.
    ///   - serialNumber: its number, hexadecimal.
    ///   - days: how long it counts.
    ///   - launcher: what runs OpenSSL's program, and its first arguments; it may go by another clock.
    /// - Returns: DER.
    public func response(
        to certificate: String, _ serialNumber: String, _ status: Status = .good, days: Int = 7, launcher: [String] = []
    ) throws -> [UInt8] {
        try scratch.write(certificate, to: "leaf.pem")
        let entry =
            switch status {
            case .good: "V\t491231235959Z\t\t\(serialNumber.uppercased())\tunknown\t/CN=x\n"
            case .revoked:
                "R\t491231235959Z\t261101000000Z,keyCompromise\t\(serialNumber.uppercased())\tunknown\t/CN=x\n"
            case .unknown: ""
            }
        try scratch.write(entry, to: "index")
        func run(_ arguments: [String]) throws {
            let line = launcher + ["openssl", "ocsp"] + arguments
            let outcome = try Command.run(line[0], Array(line.dropFirst()), package: "openssl")
            guard outcome.status == 0 else { throw Failure.refused(outcome.everything) }
        }
        let (question, answer) = (scratch.file("question"), scratch.file("answer"))
        try run([
            "-issuer", scratch.file("ca.pem"), "-cert", scratch.file("leaf.pem"), "-no_nonce", "-reqout", question,
        ])
        try run([
            "-index", scratch.file("index"), "-CA", scratch.file("ca.pem"), "-rsigner", scratch.file("signer.pem"),
            "-rkey", scratch.file("key.pem"), "-reqin", question, "-respout", answer, "-ndays", String(days),
        ])
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: answer)))
    }
}
