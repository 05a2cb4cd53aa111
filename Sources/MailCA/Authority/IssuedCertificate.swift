public import OpenSSLKit

/// A certificate that was just made, with all that its holder needs.
public struct IssuedCertificate: Sendable {
    public let profile: Profile
    public let certificate: Certificate
    public let fields: CertificateFields
    /// The certificates between it and the root, its issuer first, without the root.
    public let intermediates: [Certificate]
    /// The root; the certificate itself where it is self-signed.
    public let root: Certificate
    /// The key that was made for it; nil where a request brought its own. Nobody else has it.
    public let privateKey: PrivateKey?
    /// The names as they were checked: hosts and addresses, or one mail address.
    public let names: [String]
    public let device: String?
    public let fullName: String?

    public var serialNumber: SerialNumber { fields.serialNumber }

    /// The certificate and its intermediates in PEM: what a TLS server or client sends.
    public var chainPEM: String { chainPEM(withIssuer: false) }

    /// The same; and where the root itself signed it, the root, if a DANE record names its key (RFC 7671 §5.2.2).
    public func chainPEM(withIssuer: Bool) -> String {
        let above = intermediates.isEmpty && withIssuer ? [root] : intermediates
        return ([certificate] + above).map(\.pem).joined()
    }
}
