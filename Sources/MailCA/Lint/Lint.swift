public import OpenSSLKit

/// What is checked of every certificate after it is built and before the real key signs it.
public struct Lint: Sendable {
    /// A certificate that is about to be signed, with what it is measured against.
    public struct Subject: Sendable {
        public var profile: Profile
        public var fields: CertificateFields
        /// What the issuer's certificate says; nil for one that signs itself.
        public var issuer: CertificateFields?
        /// The names that the issuer may put into certificates; nil for one that no CA signs.
        public var permitted: PermittedNames?

        public init(profile: Profile, fields: CertificateFields, issuer: CertificateFields?, permitted: PermittedNames?)
        {
            self.profile = profile
            self.fields = fields
            self.issuer = issuer
            self.permitted = permitted
        }
    }

    /// A stable name, such as `serial-number`.
    public let id: String
    /// The rule in a sentence, with the section that demands it.
    public let rule: String
    /// What is wrong; nil where nothing is.
    let check: @Sendable (Subject) -> String?

    /// Every rule.
    public static let all: [Lint] = structure + identity + usage + linkage

    /// Checks a certificate against every rule.
    /// - Returns: what is wrong, as `id: …`; empty where nothing is.
    public static func findings(in subject: Subject) -> [String] {
        all.compactMap { lint in lint.check(subject).map { "\(lint.id): \($0)" } }
    }
}
