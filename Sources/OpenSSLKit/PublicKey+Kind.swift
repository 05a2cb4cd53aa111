import COpenSSL

extension PublicKey {
    /// What sort of key it is, and how large, also of those that are not made here.
    public enum Kind: Sendable, Hashable {
        /// - Parameter exponent: big-endian, without leading zeros; empty where it is not positive.
        case rsa(bits: Int, exponent: [UInt8])
        case dsa
        /// On a curve with this dotted identifier; nil where its parameters are written out.
        case ellipticCurve(String?)
        case edwards
        /// By the dotted identifier of its algorithm; nil where it cannot be read.
        case other(String?)
    }

    /// As its bytes tell; whether it is a key that works is not looked at.
    public var kind: Kind {
        var reader = DERReader(der)
        guard let info = reader.next(DERReader.sequence) else { return .other(nil) }
        var parts = reader.inside(info)
        guard let identifier = parts.next(DERReader.sequence) else { return .other(nil) }
        var algorithm = reader.inside(identifier)
        let name = algorithm.next(DERReader.objectIdentifier).flatMap { reader.dotted($0) }
        switch name {
        case Self.rsa, Self.rsaPSS: return rsaKind
        case Self.dsa: return .dsa
        case Self.ellipticCurve:
            return .ellipticCurve(algorithm.next(DERReader.objectIdentifier).flatMap { reader.dotted($0) })
        case Self.ed25519, Self.ed448: return .edwards
        default: return .other(name)
        }
    }

    /// RSAPublicKey (RFC 8017 appendix A.1.1): the modulus, then the exponent.
    private var rsaKind: Kind {
        var reader = DERReader(encoded)
        guard let key = reader.next(DERReader.sequence) else { return .other(Self.rsa) }
        var numbers = reader.inside(key)
        guard let modulus = numbers.next(DERReader.integer), let exponent = numbers.next(DERReader.integer) else {
            return .other(Self.rsa)
        }
        func magnitude(_ element: DERReader.Element) -> ArraySlice<UInt8> {
            let bytes = encoded[element.content]
            return (bytes.first ?? 0x80) & 0x80 == 0 ? bytes.drop { $0 == 0 } : []
        }
        let number = magnitude(modulus)
        let bits = number.first.map { number.count * 8 - $0.leadingZeroBitCount } ?? 0
        return .rsa(bits: bits, exponent: Array(magnitude(exponent)))
    }

    private static let rsa = "1.2.840.113549.1.1.1"
    private static let rsaPSS = "1.2.840.113549.1.1.10"
    private static let dsa = "1.2.840.10040.4.1"
    private static let ellipticCurve = "1.2.840.10045.2.1"
    private static let ed25519 = "1.3.101.112"
    private static let ed448 = "1.3.101.113"
}
