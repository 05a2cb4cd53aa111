/// Lines for one file of a mail server's configuration.
public struct ConfigurationFragment: Sendable, Hashable {
    /// Where the lines go, as Debian names it: `/etc/postfix/main.cf`.
    public let file: String
    /// The lines, each with its end.
    public let text: String

    public init(file: String, text: String) {
        self.file = file
        self.text = text
    }
}
