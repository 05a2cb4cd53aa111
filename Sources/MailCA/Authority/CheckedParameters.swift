/// Parameters whose names were read.
struct CheckedParameters {
    let parameters: CertificateParameters
    let names: CheckedNames
}

/// The names of a certificate, read.
enum CheckedNames: Sendable, Hashable {
    case servers([ServerName])
    case user(EmailAddress)

    init(_ parameters: CertificateParameters) throws(MailCAError) {
        switch parameters.profile {
        case .server:
            let names = try parse(parameters.names, ServerName.init)
            guard !names.isEmpty else {
                throw MailCAError(
                    .invalidName, "no host name was given", hint: "Give the name by which others reach the server.")
            }
            self = .servers(names)
        case .client:
            guard let address = parameters.names.first, parameters.names.count == 1 else {
                throw MailCAError(
                    .invalidName, "a user's certificate holds one address, not \(parameters.names.count)",
                    hint: "Make one certificate for each address.")
            }
            let user: EmailAddress
            if let read = parameters.address { user = read } else { user = try EmailAddress(address) }
            let (count, most) = (user.mailbox.unicodeScalars.count, CertificateTemplate.longestCommonName)
            guard count <= most else {
                throw MailCAError(
                    .invalidName,
                    "the address \(quoted(user.mailbox)) has \(count) characters, and the common name of a certificate holds \(most)",
                    hint: "Mail servers know a user by the common name: give the user a shorter address.")
            }
            self = .user(user)
        case .root, .issuing, .selfSigned:
            throw MailCAError(
                .invalidParameters, "a CA does not issue a certificate of kind \(parameters.profile.rawValue)")
        }
    }

    func check(_ permitted: PermittedNames) throws(MailCAError) {
        switch self {
        case .servers(let names): for name in names { try permitted.check(name) }
        case .user(let address): try permitted.check(address)
        }
    }

    /// As people read them.
    var texts: [String] {
        switch self {
        case .servers(let names): names.map(\.description)
        case .user(let address): [address.description]
        }
    }

    /// As the ledger finds them.
    var lookupKeys: [String] {
        switch self {
        case .servers(let names): names.map(\.description)
        case .user(let address): [address.lookupKey]
        }
    }
}
