public import OpenSSLKit

/// A DANE record (RFC 6698) for a mail server's key: it stays true as long as the key does (RFC 7672 §3.1).
public struct TLSARecord: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int
    /// SHA-256 of the subject public key info.
    public let digest: [UInt8]

    public init(host: String, port: Int = 25, key: PublicKey) {
        self.host = host
        self.port = port
        self.digest = key.sha256
    }

    /// As a zone file has it: usage 3 (this very key), selector 1 (the key), matching 1 (SHA-256).
    public var description: String { "_\(port)._tcp.\(host). IN TLSA 3 1 1 \(digest.hexadecimal())" }
}
