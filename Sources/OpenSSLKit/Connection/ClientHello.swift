/// The first message of a client of TLS 1.2 or older (RFC 5246 §7.4.1.2), written by hand: OpenSSL of today does not
/// offer what it cannot speak any more, such as RC4 and SSL 3.0, and a server that takes it is to be seen.
public struct ClientHello: Sendable, Hashable {
    /// The newest version that is offered; at most TLS 1.2.
    public let version: TLSVersion
    public let suites: [CipherSuite]
    /// Told to the server (RFC 6066 §3); nil for an address.
    public let serverName: String?

    public init(_ version: TLSVersion, _ suites: [CipherSuite], serverName: String? = nil) {
        self.version = min(version, .tls12)
        self.suites = suites
        self.serverName = serverName
    }

    /// The record that is sent.
    var bytes: [UInt8] {
        var random = SystemRandomNumberGenerator()
        var body = Self.number(version.rawValue)
        body += (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        // No session to be resumed.
        body.append(0)
        // The last is no suite: it says that renegotiation is done as RFC 5746 has it.
        body += Self.counted(suites.flatMap { Self.number(Int($0.number)) } + [0x00, 0xff])
        body += [1, 0]
        // What is older than TLS knows of no extensions.
        if version > .ssl3 { body += Self.counted(extensions) }
        let message = [1, UInt8(body.count >> 16)] + Self.number(body.count & 0xffff) + body
        return [22] + Self.number(min(version, .tls10).rawValue) + Self.counted(message)
    }

    private var extensions: [UInt8] {
        var all: [UInt8] = []
        if let serverName {
            all += Self.extension(0, Self.counted([0] + Self.counted(Array(serverName.utf8))))
        }
        // Curves: X25519, P-256, P-384, P-521, and their points as they are.
        all += Self.extension(10, Self.counted([0, 29, 0, 23, 0, 24, 0, 25]))
        all += Self.extension(11, [1, 0])
        if version == .tls12 { all += Self.extension(13, Self.counted(Self.signatures.flatMap(Self.number))) }
        return all
    }

    /// Every way to sign that a server's key could want (RFC 8446 §4.2.3).
    private static let signatures = [
        0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202,
    ]

    private static func `extension`(_ kind: Int, _ content: [UInt8]) -> [UInt8] { number(kind) + counted(content) }

    private static func counted(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }

    private static func number(_ number: Int) -> [UInt8] { [UInt8(number >> 8 & 255), UInt8(number & 255)] }
}

/// What a server made of a ``ClientHello``.
public enum ServerChoice: Sendable, Hashable {
    /// It would go on with these.
    case taken(TLSVersion, CipherSuite)
    /// It takes none of it. The alert, where it sent one, and did not only close.
    case refused(alert: Int?)
}
