/// The mail servers that are known here.
public enum MailServer: String, Sendable, Hashable, CaseIterable, Codable {
    case sendmail, postfix, exim, dovecot, opensmtpd, cyrus

    /// As its makers write it.
    public var title: String {
        switch self {
        case .sendmail: "Sendmail"
        case .postfix: "Postfix"
        case .exim: "Exim"
        case .dovecot: "Dovecot"
        case .opensmtpd: "OpenSMTPD"
        case .cyrus: "Cyrus"
        }
    }

    /// Whether it runs as a user of its own when it reads the server's key, which has to be let.
    public var readsKeyAsItself: Bool { self == .exim || self == .cyrus }

    /// The lines of its configuration, by the file that they go into.
    public func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] {
        switch self {
        case .sendmail: SendmailConfiguration.fragments(request)
        case .postfix: PostfixConfiguration.fragments(request)
        case .exim: EximConfiguration.fragments(request)
        case .dovecot: DovecotConfiguration.fragments(request)
        case .opensmtpd: OpenSMTPDConfiguration.fragments(request)
        case .cyrus: CyrusConfiguration.fragments(request)
        }
    }

    /// What the lines need, and must not have beside them.
    public var requirements: String {
        switch self {
        case .sendmail: SendmailConfiguration.requirements
        case .postfix: PostfixConfiguration.requirements
        case .exim: EximConfiguration.requirements
        case .dovecot: DovecotConfiguration.requirements
        case .opensmtpd: OpenSMTPDConfiguration.requirements
        case .cyrus: CyrusConfiguration.requirements
        }
    }
}
