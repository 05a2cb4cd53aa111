import OpenSSLKit

/// Keys that programs of today take: no DSA, and RSA of at least 2048 bits in whole octets with a sound exponent.
struct KeyStrengthCheck: PathCheck {
    func findings(of member: PathMember, in path: CertificatePath) -> [Finding] {
        guard let key = member.fields?.publicKey, let fault = Self.fault(of: key.kind) else { return [] }
        return [
            member.error(
                "path.key", "the key of \(member.name) is \(fault)",
                remedy: member.isLeaf ? "make another key, as with mailca rekey" : nil)
        ]
    }

    /// What is wrong with a key; nil where nothing is.
    static func fault(of kind: PublicKey.Kind) -> String? {
        switch kind {
        case .dsa: return "a DSA key, which no program takes any more"
        case .rsa(let bits, let exponent):
            if bits < 2_048 { return "an RSA key of \(bits) bits, and 2048 are the least" }
            if bits % 8 != 0 { return "an RSA key of \(bits) bits, which are no whole octets" }
            // 65537 is 01 00 01.
            let isLarge =
                exponent.count > 3 || exponent.count == 3 && exponent.lexicographicallyPrecedes([1, 0, 1]) == false
            guard isLarge, exponent.last.map({ $0 & 1 == 1 }) == true else {
                return "an RSA key whose exponent is even or below 65537"
            }
            return nil
        case .ellipticCurve(nil): return "on a curve of its own instead of one with a name"
        case .ellipticCurve, .edwards: return nil
        case .other: return "of a kind that mail programs do not know"
        }
    }
}
