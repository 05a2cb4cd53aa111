import Glibc

/// Where a server listens: an IPv4 or IPv6 address and a port.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 bytes in network order.
    public let bytes: [UInt8]
    public let port: UInt16
    /// Of a link-local IPv6 address.
    private let scope: UInt32

    /// - Returns: nil unless there are 4 or 16 bytes.
    public init?(bytes: [UInt8], port: UInt16) { self.init(bytes: bytes, port: port, scope: 0) }

    private init?(bytes: [UInt8], port: UInt16, scope: UInt32) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
        self.port = port
        self.scope = scope
    }

    /// One that the resolver found (borrowed); nil for another family.
    init?(_ address: UnsafePointer<sockaddr>, port: UInt16) {
        let address = UnsafeRawPointer(address)
        switch Int32(address.assumingMemoryBound(to: sockaddr.self).pointee.sa_family) {
        case AF_INET:
            var found = address.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_addr
            self.init(bytes: withUnsafeBytes(of: &found) { [UInt8]($0) }, port: port)
        case AF_INET6:
            let all = address.assumingMemoryBound(to: sockaddr_in6.self).pointee
            var found = all.sin6_addr
            self.init(bytes: withUnsafeBytes(of: &found) { [UInt8]($0) }, port: port, scope: all.sin6_scope_id)
        default: return nil
        }
    }

    var family: Int32 { bytes.count == 4 ? AF_INET : AF_INET6 }

    /// Lends it in the system's form.
    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        if bytes.count == 4 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
            return Self.lend(&address, body)
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_scope_id = scope
        withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
        return Self.lend(&address, body)
    }

    private static func lend<Address, Result>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { buffer in
                // The bytes of a variable: there is an address.
                body(buffer.baseAddress.unsafelyUnwrapped, socklen_t(bytes.count))
            }
        }
    }

    /// The address alone.
    public var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return bytes.hexadecimal() }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `192.0.2.7 port 25`
    public var description: String { "\(host) port \(port)" }
}
