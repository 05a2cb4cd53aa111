extension TLSConnection {
    /// Says the first words of TLS, and hears what the server would take. The connection is of no use afterwards.
    /// - Throws: ``Failure``: `unexpectedInput` as ``startTLS(_:)``; `timedOut`; `tls` where the answer is something else.
    public func choice(of hello: ClientHello) throws(Failure) -> ServerChoice {
        let operation = "ask for a version of TLS"
        try beginTLS(operation)
        try write(hello.bytes)
        do throws(Failure) {
            // A warning may come before, but not many.
            for _ in 0..<4 {
                let header = try read(5, operation)
                let count = Int(header[3]) << 8 | Int(header[4])
                switch header[0] {
                case 21 where count == 2:
                    let alert = try read(2, operation)
                    if alert[0] == 2 { return .refused(alert: Int(alert[1])) }
                case 22 where (4...16_640).contains(count):
                    return try Self.choice(try read(min(count, Self.enough), operation), operation)
                default: throw Failure(.tls, operation, detail: "what the server says is not TLS")
                }
            }
        } catch {
            guard error.reason == .closed else { throw error }
            return .refused(alert: nil)
        }
        throw Failure(.tls, operation, detail: "the server has nothing but warnings")
    }

    /// A ServerHello up to its suite, with the longest session identifier (RFC 5246 §7.4.1.3).
    private static let enough = 4 + 2 + 32 + 1 + 32 + 2

    private static func choice(_ message: [UInt8], _ operation: String) throws(Failure) -> ServerChoice {
        let isHello = message.count > 38 && message[0] == 2
        let position = isHello ? 39 + Int(message[38]) : 0
        guard isHello, position + 1 < message.count,
            let version = TLSVersion(rawValue: Int(message[4]) << 8 | Int(message[5]))
        else { throw Failure(.tls, operation, detail: "the server's first message is malformed") }
        return .taken(version, CipherSuite(UInt16(message[position]) << 8 | UInt16(message[position + 1])))
    }
}
