import OpenSSLKit

extension Lint {
    /// The frame of the certificate.
    static let structure: [Lint] = [
        Lint(id: "version", rule: "Certificates with extensions are of version 3 (RFC 5280 §4.1.2.1).") { subject in
            subject.fields.version == 3 ? nil : "it is version \(subject.fields.version)"
        },
        Lint(
            id: "serial-number",
            rule: "The serial number is positive, at most 20 octets (RFC 5280 §4.1.2.2), and hard to guess."
        ) { subject in
            let count = subject.fields.serialNumber.bytes.count
            if !subject.fields.serialNumberIsPositive { return "it is not positive" }
            if count > 20 || (count == 20 && subject.fields.serialNumber.bytes[0] > 0x7f) {
                return "it is over 20 octets"
            }
            return count < 9 ? "it has only \(count) octets" : nil
        },
        Lint(id: "validity", rule: "It begins before it ends (RFC 5280 §4.1.2.5), in the issuer's own time.") {
            subject in
            let validity = subject.fields.validity
            if validity.notBefore >= validity.notAfter { return "it ends before it begins" }
            guard let issuer = subject.issuer?.validity else { return nil }
            if validity.notAfter > issuer.notAfter { return "it outlives its issuer" }
            return validity.notBefore < issuer.notBefore ? "it begins before its issuer" : nil
        },
        Lint(id: "extensions", rule: "No extension stands twice (RFC 5280 §4.2).") { subject in
            let present = subject.fields.extensions.present
            return Set(present).count == present.count ? nil : "one stands twice"
        },
        Lint(
            id: "critical",
            rule:
                "Basic constraints, key usage and name constraints are critical, the rest is not; the alternative name is where the subject is empty (RFC 5280 §4.2.1)."
        ) { subject in
            let fields = subject.fields
            var expected: Set = [
                ExtensionIdentifier.basicConstraints, ExtensionIdentifier.keyUsage, ExtensionIdentifier.nameConstraints,
            ]
            if fields.subject.isEmpty { expected.insert(ExtensionIdentifier.subjectAlternativeName) }
            expected.formIntersection(fields.extensions.present)
            return fields.extensions.critical == expected
                ? nil : "critical are \(fields.extensions.critical.sorted()), not \(expected.sorted())"
        },
    ]
}
