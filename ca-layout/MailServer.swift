/// The mail servers that are known here.
public enum MailServer: String, Sendable, Hashable, CaseIterable, Codable {
    case sendmail
}
