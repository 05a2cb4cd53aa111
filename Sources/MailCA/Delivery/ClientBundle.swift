public import OpenSSLKit

/// What a user gets: key, certificate and chain, as one PKCS #12 file or as PEM.
public struct ClientBundle: Sendable {
    public let issued: IssuedCertificate

    public init(_ issued: IssuedCertificate) { self.issued = issued }

    /// The name under which a mail program shows it: the user's name and address, and the device.
    public var friendlyName: String {
        let address = issued.names.first ?? ""
        let holder = issued.fullName.map { "\($0) <\(address)>" } ?? address
        return issued.device.map { "\(holder) (\($0))" } ?? holder
    }

    /// A PKCS #12 file with the whole chain, root included: Thunderbird wants it.
    /// - Throws: ``MailCAError`` with code `internalFault`; `notFound` where a request kept the key to itself.
    public func pkcs12(password: SecretBytes, protection: PKCS12.Protection) throws(MailCAError) -> [UInt8] {
        let key = try privateKey()
        let file = PKCS12(
            key: key, certificate: issued.certificate, chain: issued.intermediates + [issued.root],
            friendlyName: friendlyName)
        return try crypto { () throws(OpenSSLError) in try file.encode(password: password, protection: protection) }
    }

    /// The key alone, in PEM, not encrypted.
    /// - Throws: as ``pkcs12(password:protection:)``.
    public func privateKeyPEM() throws(MailCAError) -> SecretBytes {
        let key = try privateKey()
        return try crypto { () throws(OpenSSLError) in try key.pem() }
    }

    private func privateKey() throws(MailCAError) -> PrivateKey {
        guard let key = issued.privateKey else {
            throw MailCAError(
                .notFound, "the key of \(issued.names.joined(separator: ", ")) is with its holder",
                hint: "Ask for the certificate alone.")
        }
        return key
    }
}
