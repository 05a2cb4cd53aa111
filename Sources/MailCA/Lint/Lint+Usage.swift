import OpenSSLKit

extension Lint {
    /// What the certificate may be used for.
    static let usage: [Lint] = [
        Lint(id: "basic-constraints", rule: "Only a CA says CA:TRUE, with a path length (RFC 5280 §4.2.1.9).") {
            subject in
            guard let constraints = subject.fields.extensions.basicConstraints else { return "there are none" }
            if constraints.isCA != subject.profile.isAuthority { return "CA is \(constraints.isCA)" }
            if !constraints.isCA { return constraints.pathLength == nil ? nil : "a leaf has no path length" }
            guard let length = constraints.pathLength else { return "there is no path length" }
            return subject.profile == .issuing && length != 0 ? "the path length is \(length), not 0" : nil
        },
        Lint(id: "key-usage", rule: "The key usage is the profile's (RFC 5280 §4.2.1.3).") { subject in
            let expected = subject.profile.keyUsage(for: subject.fields.publicKey.algorithm)
            guard let usage = subject.fields.extensions.keyUsage else { return "there is none" }
            return usage == expected ? nil : "it is \(usage), not \(expected)"
        },
        Lint(
            id: "extended-key-usage",
            rule: "The extended key usage is the profile's, and never any (RFC 5280 §4.2.1.12)."
        ) {
            subject in
            let usage = subject.fields.extensions.extendedKeyUsage
            return usage == subject.profile.extendedKeyUsage
                ? nil : "it is \(usage), not \(subject.profile.extendedKeyUsage)"
        },
        Lint(id: "public-key", rule: "The key is of a kind that the profile allows.") { subject in
            guard let algorithm = subject.fields.publicKey.algorithm else { return "its kind is unknown" }
            return subject.profile.keyAlgorithms.contains(algorithm) ? nil : "\(algorithm.rawValue) is not"
        },
    ]

    /// How the certificate is tied to its issuer.
    static let linkage: [Lint] = [
        Lint(id: "subject-key-identifier", rule: "It is the SHA-1 of the key (RFC 5280 §4.2.1.2, method 1).") {
            subject in
            subject.fields.extensions.subjectKeyIdentifier == subject.fields.publicKey.keyIdentifier
                ? nil : "it is missing, or another key's"
        },
        Lint(id: "authority-key-identifier", rule: "It is the issuer's subject key identifier (RFC 5280 §4.2.1.1).") {
            subject in
            let issuer = subject.issuer ?? subject.fields
            guard let identifier = subject.fields.extensions.authorityKeyIdentifier else { return "there is none" }
            return identifier == issuer.extensions.subjectKeyIdentifier ? nil : "it is another key's"
        },
        Lint(id: "issuer-name", rule: "The issuer is the subject of the issuer's certificate (RFC 5280 §6.1.3).") {
            subject in
            let issuer = subject.issuer ?? subject.fields
            return subject.fields.issuer.der == issuer.subject.der ? nil : "it is \(subject.fields.issuer)"
        },
        Lint(id: "key-of-its-own", rule: "No certificate holds the key of its issuer.") { subject in
            guard let issuer = subject.issuer else { return nil }
            return subject.fields.publicKey.der == issuer.publicKey.der ? "it does" : nil
        },
    ]
}
