import OpenSSLKit

extension Lint {
    /// Whom the certificate names.
    static let identity: [Lint] = [
        Lint(
            id: "common-name", rule: "The CN has 1 to 64 characters (RFC 5280 appendix A) and repeats one of the names."
        ) {
            subject in
            let fields = subject.fields
            guard let name = fields.subject.commonName else {
                return subject.profile == .server || subject.profile == .selfSigned ? nil : "there is none"
            }
            if name.isEmpty || name.unicodeScalars.count > 64 {
                return "it has \(name.unicodeScalars.count) characters"
            }
            if subject.profile.isAuthority { return nil }
            let names = fields.extensions.subjectAlternativeNames.map(\.text)
            return names.contains(name) ? nil : "\(name) is not among the alternative names"
        },
        Lint(
            id: "alternative-name", rule: "A leaf names its holder in the subject alternative name (RFC 5280 §4.2.1.6)."
        ) {
            subject in
            let names = subject.fields.extensions.subjectAlternativeNames
            switch subject.profile {
            case .root, .issuing: return names.isEmpty ? nil : "a CA has none"
            case .server, .selfSigned:
                if names.isEmpty { return "there is none" }
                return names.first { $0.serverName == nil }.map { "\($0) is no server's name" }
            case .client:
                if names.count != 1 { return "there are \(names.count), not one" }
                return names[0].emailAddress == nil ? "\(names[0]) is no mail address" : nil
            }
        },
        Lint(id: "permitted-name", rule: "Every name is one that the issuer may give (RFC 5280 §4.2.1.10).") {
            subject in
            guard let permitted = subject.permitted, !subject.profile.isAuthority else { return nil }
            let foreign = subject.fields.extensions.subjectAlternativeNames.first { name in
                if let server = name.serverName { return !permitted.permits(server) }
                if let address = name.emailAddress { return !permitted.permits(address) }
                return true
            }
            return foreign.map { "\($0) is not" }
        },
        Lint(
            id: "name-constraints",
            rule: "Only a CA has name constraints, and none of them is empty (RFC 5280 §4.2.1.10)."
        ) {
            subject in
            guard let constraints = subject.fields.extensions.nameConstraints else {
                return subject.profile.isAuthority && subject.permitted?.unconstrained == false ? "there are none" : nil
            }
            if !subject.profile.isAuthority { return "a leaf has none" }
            return constraints.permitted.isEmpty ? "they permit nothing" : nil
        },
    ]
}

extension GeneralName {
    /// The name alone, as a CN would repeat it.
    var text: String {
        switch self {
        case .dnsName(let text), .rfc822Name(let text), .smtpUTF8Mailbox(let text): text
        case .ipAddress(let bytes): IPAddress(bytes: bytes)?.description ?? ""
        default: ""
        }
    }

    /// As a server's name, where it is a good one.
    var serverName: ServerName? {
        switch self {
        case .dnsName(let text): (try? HostName(text)).flatMap { $0.ascii == text ? .host($0) : nil }
        case .ipAddress(let bytes): IPAddress(bytes: bytes).map { .address($0) }
        default: nil
        }
    }

    /// As a user's address, where it is a good one in the right form.
    var emailAddress: EmailAddress? {
        switch self {
        case .rfc822Name(let text), .smtpUTF8Mailbox(let text):
            (try? EmailAddress(text)).flatMap { $0.generalName == self ? $0 : nil }
        default: nil
        }
    }
}
