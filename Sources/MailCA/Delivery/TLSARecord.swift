public import OpenSSLKit

/// A DANE record (RFC 6698) for a mail server: it stays true as long as the key that it names does (RFC 7672 §3.1).
public struct TLSARecord: Sendable, Hashable, CustomStringConvertible {
    /// Whose key it is. The other two of RFC 6698 §2.1.1 mean nothing to mail servers (RFC 7672 §3.1.3).
    public enum Usage: Int, Sendable, Hashable, CaseIterable {
        /// That of a CA, whose certificate the server has to send (DANE-TA, RFC 7671 §5.2).
        case authority = 2
        /// The server's own (DANE-EE, RFC 7671 §5.1).
        case server = 3
    }

    /// In A-labels.
    public let host: String
    public let port: Int
    public let usage: Usage
    /// SHA-256 of the subject public key info.
    public let digest: [UInt8]

    public init(host: String, port: Int = 25, usage: Usage = .server, key: PublicKey) {
        self.init(host: host, port: port, usage: usage, digest: key.sha256)
    }

    /// - Parameter digest: SHA-256 of the subject public key info.
    public init(host: String, port: Int = 25, usage: Usage = .server, digest: [UInt8]) {
        self.host = host
        self.port = port
        self.usage = usage
        self.digest = digest
    }

    /// What it belongs to in a zone: `_25._tcp.mail.example.org.`
    public var owner: String { "_\(port)._tcp.\(host)." }

    /// What it says: the usage, selector 1 (the key), matching type 1 (SHA-256), and the digest.
    public var data: String { "\(usage.rawValue) 1 1 \(digest.hexadecimal())" }

    /// As a zone file has it.
    public var description: String { "\(owner) IN TLSA \(data)" }
}
