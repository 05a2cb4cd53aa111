public import OpenSSLKit

/// A file of a CA's own, beside the ledger: a certificate, or a key as it is kept. A backup holds them all.
public struct AuthorityFile: Sendable {
    /// `root.pem`, `issuing.key`: without a folder.
    public let name: String
    /// Permission bits.
    public let mode: UInt32
    public let content: SecretBytes

    public init(name: String, mode: UInt32, content: SecretBytes) {
        self.name = name
        self.mode = mode
        self.content = content
    }
}
