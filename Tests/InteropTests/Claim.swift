/// What a certificate is to be accepted as, and on whose word.
struct Claim: Sendable {
    enum Purpose: Sendable {
        case server, client
    }

    /// The certificate and its chain (PEM).
    var chain: String
    /// Its key (PEM).
    var key: String
    var purpose: Purpose
    /// The host name or IP address, or else the mail address, that it is to be valid for.
    var name: String
    /// Whose root is trusted, and whose CRLs are looked at.
    var trust: Authority

    /// The same certificate on the word of another.
    func trusting(_ other: Authority) -> Claim {
        var claim = self
        claim.trust = other
        return claim
    }

    /// The same certificate under another name.
    func named(_ other: String) -> Claim {
        var claim = self
        claim.name = other
        return claim
    }

    /// The same certificate for another purpose.
    func used(as other: Purpose, named name: String) -> Claim {
        var claim = self.named(name)
        claim.purpose = other
        return claim
    }

    var isAddress: Bool { name.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" } }
}
