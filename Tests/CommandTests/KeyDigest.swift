import TestSupport

extension CertificateFile {
    /// SHA-256 of the subject public key info of the first certificate in a file, in hexadecimal, by OpenSSL.
    static func keyDigest(_ path: String) throws -> String {
        let outcome = try Command.run(
            "sh",
            [
                "-c",
                "openssl x509 -in \"$1\" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r",
                "sh", path,
            ])
        guard outcome.status == 0, outcome.stdout.count > 64 else { throw Failed(description: outcome.everything) }
        return String(outcome.stdout.prefix(64))
    }
}
