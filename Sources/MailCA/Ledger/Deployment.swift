public import OpenSSLKit

/// A place where a mail server reads what a CA made, remembered so that every command can bring it up to date.
public struct Deployment: Sendable, Hashable {
    /// The path of the directory, absolute.
    public let directory: String
    /// The server's certificate there; nil where only the CA's files are.
    public var certificate: SerialNumber?
    /// Whether the mail server is told when its files changed.
    public var reload: Bool

    public init(directory: String, certificate: SerialNumber? = nil, reload: Bool = false) {
        self.directory = directory
        self.certificate = certificate
        self.reload = reload
    }
}
