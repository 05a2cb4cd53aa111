import COpenSSL

/// Everything that a certificate says, decoded: of one that is signed, or of one that is about to be.
public struct CertificateFields: Sendable, Hashable {
    /// 3 for every certificate made here (RFC 5280 §4.1.2.1).
    public var version: Int
    public var serialNumber: SerialNumber
    /// RFC 5280 §4.1.2.2 demands a positive one.
    public var serialNumberIsPositive: Bool
    public var issuer: DistinguishedName
    public var subject: DistinguishedName
    public var validity: Validity
    public var publicKey: PublicKey
    public var extensions: CertificateExtensions

    /// Reads them from a certificate (borrowed).
    init(reading certificate: OpaquePointer) throws(OpenSSLError) {
        // The number in it is one less, and may be the greatest that there is.
        version = X509_get_version(certificate) &+ 1
        let number = try required(X509_get0_serialNumber(certificate), "read the serial number")
        serialNumber = SerialNumber(bytes(of: number))
        serialNumberIsPositive = number.pointee.type == V_ASN1_INTEGER && !serialNumber.bytes.isEmpty
        issuer = try DistinguishedName(X509_get_issuer_name(certificate))
        subject = try DistinguishedName(X509_get_subject_name(certificate))
        validity = Validity(
            notBefore: try .init(asn1: X509_get0_notBefore(certificate)),
            notAfter: try .init(asn1: X509_get0_notAfter(certificate)))
        publicKey = try PublicKey(X509_get_X509_PUBKEY(certificate))
        extensions = try CertificateExtensions(reading: certificate)
    }
}
