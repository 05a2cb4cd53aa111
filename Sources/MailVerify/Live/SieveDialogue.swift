import OpenSSLKit

/// ManageSieve (RFC 5804). What the server can do comes with the greeting, and again when TLS has begun.
struct SieveDialogue: Dialogue {
    typealias Failure = TLSConnection.Failure

    private let exchange: LineExchange
    private var capabilities: [String] = []

    init(_ exchange: LineExchange, _ kind: MailService.Kind) { self.exchange = exchange }

    mutating func greeting() throws(Failure) -> ServerReply {
        let answer = try reply()
        capabilities = answer.lines.map { $0.uppercased() }
        return answer
    }

    func offersTLS() throws(Failure) -> Bool { capabilities.contains { $0.hasPrefix("\"STARTTLS\"") } }

    func askForTLS() throws(Failure) -> ServerReply { try ask("STARTTLS") }

    mutating func resume() throws(Failure) { _ = try greeting() }

    func attempt(_ attempt: Attempt) throws(Failure) -> Admission {
        Admission(.loggingIn, try ask("AUTHENTICATE \"EXTERNAL\" \"\(attempt.encodedIdentity)\""))
    }

    func leave() { try? exchange.say("LOGOUT") }

    private func ask(_ command: String) throws(Failure) -> ServerReply {
        try exchange.say(command)
        return try reply()
    }

    private func reply() throws(Failure) -> ServerReply {
        func begins(_ line: String, _ word: String) -> Bool {
            line.uppercased().hasPrefix(word) && !(line.dropFirst(word.count).first?.isLetter ?? false)
        }
        let lines = try exchange.lines { line in ["OK", "NO", "BYE"].contains { begins(line, $0) } }
        return ServerReply(begins(lines.last ?? "", "OK") ? .yes : .no, lines)
    }
}
