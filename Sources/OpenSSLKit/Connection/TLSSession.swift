import COpenSSL

/// What a server showed in a handshake. Nothing of it has been verified.
public struct TLSSession: Sendable, Hashable {
    public let version: TLSVersion
    /// OpenSSL's name of the cipher suite.
    public let cipher: String
    /// Whether what is said cannot be read later by somebody who gets the server's key then (RFC 9325 §4.2).
    public var hasForwardSecrecy: Bool { version >= .tls13 || cipher.hasPrefix("ECDHE-") || cipher.hasPrefix("DHE-") }
    /// As they were sent: the server's own first.
    public let certificates: [Certificate]
    public let asksForCertificate: Bool
    /// The CAs whose certificates it says it takes; empty where it names none.
    public let authorities: [DistinguishedName]
    /// The OCSP response that came with the certificate (RFC 6066 §8), DER.
    public let stapledResponse: [UInt8]?

    public init(
        version: TLSVersion, cipher: String, certificates: [Certificate], asksForCertificate: Bool = false,
        authorities: [DistinguishedName] = [], stapledResponse: [UInt8]? = nil
    ) {
        self.version = version
        self.cipher = cipher
        self.certificates = certificates
        self.asksForCertificate = asksForCertificate
        self.authorities = authorities
        self.stapledResponse = stapledResponse
    }

    /// Reads it from a connection (borrowed) whose handshake is complete.
    init(_ ssl: OpaquePointer, asksForCertificate: Bool) throws(OpenSSLError) {
        let number = Int(SSL_version(ssl))
        guard let version = TLSVersion(rawValue: number) else {
            throw OpenSSLError("read the TLS session", detail: "the version \(number) is not known")
        }
        self.version = version
        cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)).map { String(cString: $0) } ?? "unknown"
        certificates = try TrustStore.certificates(SSL_get_peer_cert_chain(ssl))
        self.asksForCertificate = asksForCertificate
        var authorities: [DistinguishedName] = []
        for index in 0..<cossl_peer_authorities_count(ssl) {
            authorities.append(try DistinguishedName(cossl_peer_authorities_at(ssl, index)))
        }
        self.authorities = authorities
        var start: UnsafePointer<UInt8>?
        let count = cossl_staple(ssl, &start)
        stapledResponse = count > 0 ? [UInt8](UnsafeBufferPointer(start: start, count: count)) : nil
    }
}
