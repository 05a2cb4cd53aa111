import COpenSSL

/// A certificate that is being made: first built, then looked at, then signed, once.
public struct CertificateBuilder: ~Copyable {
    private let pointer: OpaquePointer

    /// Builds everything but the signature.
    public init(
        serialNumber: SerialNumber, issuer: DistinguishedName, subject: DistinguishedName, validity: Validity,
        publicKey: PublicKey, extensions: CertificateExtensions
    ) throws(OpenSSLError) {
        let certificate = try required(X509_new(), "build a certificate")
        do {
            // Without this OpenSSL signs a version 1 certificate with extensions in it.
            try succeed(X509_set_version(certificate, Int(X509_VERSION_3)), "build a certificate")
            try succeed(
                ASN1_STRING_set(
                    X509_get_serialNumber(certificate), serialNumber.bytes, Int32(serialNumber.bytes.count)),
                "write the serial number")
            try issuer.withX509Name { name throws(OpenSSLError) in
                try succeed(X509_set_issuer_name(certificate, name), "write the issuer")
            }
            try subject.withX509Name { name throws(OpenSSLError) in
                try succeed(X509_set_subject_name(certificate, name), "write the subject")
            }
            let notBefore = try validity.notBefore.makeASN1()
            defer { ASN1_TIME_free(notBefore) }
            let notAfter = try validity.notAfter.makeASN1()
            defer { ASN1_TIME_free(notAfter) }
            try succeed(X509_set1_notBefore(certificate, notBefore), "write the validity")
            try succeed(X509_set1_notAfter(certificate, notAfter), "write the validity")
            try publicKey.write(into: X509_get_X509_PUBKEY(certificate))
            try extensions.write(to: certificate, subjectIsEmpty: subject.isEmpty)
        } catch {
            X509_free(certificate)
            throw error
        }
        pointer = certificate
    }

    deinit { X509_free(pointer) }

    /// What the certificate will say, read back from what was built.
    public func fields() throws(OpenSSLError) -> CertificateFields { try CertificateFields(reading: pointer) }

    /// Signs it. The builder is spent.
    public consuming func sign(with key: PrivateKey) throws(OpenSSLError) -> Certificate {
        try succeed(X509_sign(pointer, key.pointer, key.algorithm.digest), "sign the certificate")
        X509_up_ref(pointer)
        return try Certificate(owning: pointer, isDecoded: false)
    }
}
