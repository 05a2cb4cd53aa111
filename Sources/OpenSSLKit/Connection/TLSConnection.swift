/// A conversation with a server, in lines, plain at first and then under TLS. It waits for nothing longer than until
/// its one deadline, and keeps no more of what it is told than a line.
///
/// Nothing is verified in the handshake: what the server showed is in ``session``, to be looked at with ``TrustStore``.
public final class TLSConnection {
    /// Who is talked to.
    public let address: SocketAddress
    /// What the server showed, once there is TLS.
    public private(set) var session: TLSSession?

    private let socket: StreamSocket
    private var tls: TLSClient?
    /// What came and was not asked for yet, from ``position`` on.
    private var buffer: [UInt8] = []
    private var position = 0

    private static let pieceSize = 4_096
    /// The type of such a record (RFC 8446 §5.1). No protocol of mail has a line that begins so.
    private static let alert: UInt8 = 21

    /// Connects to an address.
    /// - Parameters:
    ///   - source: the address to come from, with port 0; nil for the system's choice.
    ///   - deadline: for connecting, and for everything after it.
    /// - Throws: ``Failure``: `refused`, `unreachable`, `timedOut`, `system`.
    public init(
        to address: SocketAddress, from source: SocketAddress? = nil, deadline: Deadline
    ) throws(Failure) {
        self.address = address
        socket = try StreamSocket(to: address, from: source, deadline)
    }

    /// Connects to a host, at the first of its addresses that takes the connection.
    /// - Parameter host: a name or an address, without brackets.
    /// - Throws: as ``init(to:from:deadline:)`` of the address that was tried last, and `unresolved`.
    public init(
        host: String, port: UInt16, from source: SocketAddress? = nil, deadline: Deadline
    ) throws(Failure) {
        let found = try Resolver.addresses(of: host, port: port, deadline)
        // One cannot come from an address of the other kind.
        let addresses = source.map { source in found.filter { $0.family == source.family } } ?? found
        var last = Failure(.unreachable, "connect to \(host.shown)", detail: "it has no address of that kind")
        for (index, address) in addresses.enumerated() {
            do throws(Failure) {
                socket = try StreamSocket(
                    to: address, from: source, deadline, patience: deadline.share(of: addresses.count - index))
                self.address = address
                return
            } catch { last = error }
        }
        throw last
    }

    deinit { tls?.close() }

    /// The next line, without its end (CRLF or LF).
    /// - Parameter limit: its greatest length in bytes.
    /// - Throws: ``Failure``: `closed` also in the middle of a line, `tooLong`, `timedOut`, `tls`.
    public func readLine(limit: Int = 8_192) throws(Failure) -> [UInt8] {
        let operation = "read a line"
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[position..<end]
                position = end + 1
                guard line.count <= limit else { throw Failure(.tooLong, operation) }
                return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            }
            guard buffer.count - position <= limit else { throw Failure(.tooLong, operation) }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            let more = try receive(operation)
            guard !more.isEmpty else { throw Failure(.closed, operation) }
            buffer += more
        }
    }

    /// Sends bytes as they are. That the other side is gone is said by the next reading.
    /// - Throws: ``Failure``: `timedOut`, `tls`.
    public func write(_ bytes: [UInt8]) throws(Failure) {
        let operation = "send a command"
        if let tls { try tls.send(bytes, operation) } else { try socket.send(bytes, operation) }
    }

    /// Begins TLS: after the server's word that it is ready, or at once where TLS comes first.
    /// - Throws: ``Failure``: `unexpectedInput` where anything but TLS's own alert came before, which whoever sits
    ///   between could have put there (CVE-2011-0411 and its kin); `tls`, `closed`, `timedOut`.
    @discardableResult
    public func startTLS(_ offer: TLSOffer) throws(Failure) -> TLSSession {
        try beginTLS("begin TLS")
        let client: TLSClient
        do { client = try TLSClient(offer, over: socket, received: buffer[position...]) } catch { throw Failure(error) }
        position = buffer.count
        let session = try client.handshake()
        tls = client
        self.session = session
        return session
    }

    /// Sees that there is none yet, and that nothing was said before it. TLS's own word for a failure may have been: a
    /// server that cannot speak any version says so at once.
    func beginTLS(_ operation: String) throws(Failure) {
        guard tls == nil else { throw Failure(.system, operation, detail: "there is TLS already") }
        let next = position < buffer.count ? buffer[position] : socket.nextByte
        guard next == nil || next == Self.alert else { throw Failure(.unexpectedInput, operation) }
    }

    /// The next bytes, just as many.
    func read(_ count: Int, _ operation: String) throws(Failure) -> [UInt8] {
        while buffer.count - position < count {
            let more = try receive(operation)
            guard !more.isEmpty else { throw Failure(.closed, operation) }
            buffer += more
        }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    private func receive(_ operation: String) throws(Failure) -> [UInt8] {
        if let tls { return try tls.receive(atMost: Self.pieceSize, operation) }
        return try socket.receive(atMost: Self.pieceSize, operation)
    }
}
