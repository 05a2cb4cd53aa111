import COpenSSL

/// A certificate after which very many others are made that differ from it in number, holder and key alone: its bytes,
/// cut where those stand (RFC 5280 §4.1). OpenSSL builds a structure for each, which takes longer than the signature.
public struct CertificatePattern: Sendable {
    /// What stands between number and holder: algorithm, issuer and validity.
    private let middle: [UInt8]
    private let extensions: [Piece]
    /// AlgorithmIdentifier of the signature.
    private let algorithm: [UInt8]

    private enum Piece {
        case fixed([UInt8])
        case subjectKeyIdentifier
        case alternativeNames
    }

    /// - Returns: nil where it is not of the plainest kind.
    public init?(_ certificate: Certificate) {
        guard let plain = PlainCertificate(der: certificate.der) else { return nil }
        var reader = DERReader(plain.der, in: plain.key.upperBound..<plain.signed.upperBound)
        guard let field = reader.next() else { return nil }
        var list = reader.inside(field)
        guard let whole = list.next() else { return nil }
        var items = list.inside(whole)
        var extensions: [Piece] = []
        while let item = items.next() {
            var parts = items.inside(item)
            guard let type = parts.next() else { return nil }
            switch plain.der[type.content.upperBound - 1] {
            case PlainExtensions.subjectKey: extensions.append(.subjectKeyIdentifier)
            case PlainExtensions.alternativeNames: extensions.append(.alternativeNames)
            default: extensions.append(.fixed(Array(plain.der[item.whole])))
            }
        }
        self.extensions = extensions
        middle = Array(plain.der[plain.number.upperBound..<plain.holder.lowerBound])
        algorithm = Array(plain.der[plain.algorithm])
    }

    /// What is signed (TBSCertificate).
    /// - Returns: nil where a name is of a kind that only OpenSSL writes.
    fileprivate func body(_ holder: Holder) -> [UInt8]? {
        guard let names = Self.encoded(holder.alternativeNames) else { return nil }
        var list: [UInt8] = []
        list.reserveCapacity(512)
        for piece in extensions {
            switch piece {
            case .fixed(let bytes): list += bytes
            case .subjectKeyIdentifier:
                list += DER.element(
                    0x30,
                    [0x06, 0x03, 0x55, 0x1d, PlainExtensions.subjectKey]
                        + DER.element(0x04, DER.element(0x04, holder.publicKey.keyIdentifier)))
            case .alternativeNames:
                list += DER.element(
                    0x30, [0x06, 0x03, 0x55, 0x1d, PlainExtensions.alternativeNames] + DER.element(0x04, names))
            }
        }
        let version: [UInt8] = [0xa0, 0x03, 0x02, 0x01, 0x02]
        return DER.element(
            0x30,
            version + holder.serialNumber.encoded + middle + holder.subject.der + holder.publicKey.der
                + DER.element(0xa3, DER.element(0x30, list)))
    }

    /// GeneralNames (RFC 5280 §4.2.1.6).
    private static func encoded(_ names: [GeneralName]) -> [UInt8]? {
        var content: [UInt8] = []
        for name in names {
            switch name {
            case .rfc822Name(let text): content += DER.element(0x81, Array(text.utf8))
            case .dnsName(let text): content += DER.element(0x82, Array(text.utf8))
            case .ipAddress(let bytes): content += DER.element(0x87, bytes)
            default: return nil
            }
        }
        return DER.element(0x30, content)
    }
}

extension CertificatePattern {
    /// What is different in each.
    public struct Holder {
        let serialNumber: SerialNumber
        let subject: DistinguishedName
        let publicKey: PublicKey
        let alternativeNames: [GeneralName]

        public init(
            serialNumber: SerialNumber, subject: DistinguishedName, publicKey: PublicKey,
            alternativeNames: [GeneralName]
        ) {
            self.serialNumber = serialNumber
            self.subject = subject
            self.publicKey = publicKey
            self.alternativeNames = alternativeNames
        }

        /// Whether a certificate says just this.
        fileprivate func matches(_ certificate: PlainCertificate) -> Bool {
            certificate.serialNumber == serialNumber && certificate.names == alternativeNames
                && certificate.der[certificate.holder].elementsEqual(subject.der)
                && certificate.der[certificate.key].elementsEqual(publicKey.der)
        }
    }

    /// Makes certificates one after the other, in one thread.
    public final class Maker {
        private let pattern: CertificatePattern
        private let signer: RepeatingSigner

        /// - Parameter key: that signed the pattern.
        public init(_ pattern: CertificatePattern, key: PrivateKey) throws(OpenSSLError) {
            self.pattern = pattern
            signer = try RepeatingSigner(key)
        }

        /// The certificate of a holder, and what it says: read again from its bytes. Whether the signature is good is for
        /// the caller to look at.
        /// - Returns: nil where it is not of the plainest kind, and OpenSSL has to make it.
        public func make(_ holder: Holder) throws(OpenSSLError) -> (Certificate, PlainCertificate)? {
            guard let body = pattern.body(holder) else { return nil }
            let signature = DER.element(0x03, [0] + (try signer.signature(of: body)))
            guard
                let plain = PlainCertificate(
                    der: DER.element(0x30, body + pattern.algorithm + signature)),
                holder.matches(plain)
            else { return nil }
            return (Certificate(plain), plain)
        }
    }
}
