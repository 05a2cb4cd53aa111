import OpenSSLKit

/// POP3 (RFC 1939), with its list of what a server can do (RFC 2449).
struct POP3Dialogue: Dialogue {
    typealias Failure = TLSConnection.Failure

    private let exchange: LineExchange

    init(_ exchange: LineExchange, _ kind: MailService.Kind) { self.exchange = exchange }

    func greeting() throws(Failure) -> ServerReply { try reply() }

    func offersTLS() throws(Failure) -> Bool {
        guard try ask("CAPA").isPositive else { return false }
        return try exchange.lines { $0 == "." }.contains { $0.uppercased() == "STLS" }
    }

    func askForTLS() throws(Failure) -> ServerReply { try ask("STLS") }

    func resume() throws(Failure) { _ = try offersTLS() }

    func attempt(_ attempt: Attempt) throws(Failure) -> Admission {
        let identity = attempt.encodedIdentity
        // RFC 5034 §4
        var answer = try ask("AUTH EXTERNAL \(identity.isEmpty ? "=" : identity)")
        if answer.verdict == .more { answer = try ask(identity) }
        return Admission(.loggingIn, answer)
    }

    func leave() { try? exchange.say("QUIT") }

    private func ask(_ command: String) throws(Failure) -> ServerReply {
        try exchange.say(command)
        return try reply()
    }

    private func reply() throws(Failure) -> ServerReply {
        let line = try exchange.line()
        return ServerReply(line.hasPrefix("+OK") ? .yes : line.hasPrefix("+") ? .more : .no, [line])
    }
}
