/// Why a certificate is taken back, by RFC 5280's names (§5.3.1).
public enum RevocationReason: String, Sendable, Hashable, CaseIterable, Codable {
    case unspecified
    case keyCompromise
    case cACompromise
    case affiliationChanged
    case superseded
    case cessationOfOperation
    case privilegeWithdrawn

    /// CRLReason.
    public var code: Int {
        switch self {
        case .unspecified: 0
        case .keyCompromise: 1
        case .cACompromise: 2
        case .affiliationChanged: 3
        case .superseded: 4
        case .cessationOfOperation: 5
        case .privilegeWithdrawn: 9
        }
    }

    public init?(code: Int) {
        guard let match = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = match
    }

    /// When to choose it, in a sentence.
    public var meaning: String {
        switch self {
        case .unspecified: "none of the others, or nobody's business."
        case .keyCompromise: "somebody else may have the key: a lost phone, a stolen file."
        case .cACompromise: "somebody else may have the key of the CA that signed it."
        case .affiliationChanged: "its holder has another name or another place in the organisation."
        case .superseded: "a newer certificate takes its place."
        case .cessationOfOperation: "the server is shut down, or the user has left."
        case .privilegeWithdrawn: "its holder may no longer do what it allowed."
        }
    }
}
