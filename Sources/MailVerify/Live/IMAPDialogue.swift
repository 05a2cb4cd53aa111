import OpenSSLKit

/// IMAP (RFC 9051, and RFC 3501 before it).
struct IMAPDialogue: Dialogue {
    typealias Failure = TLSConnection.Failure

    private let exchange: LineExchange
    private var number = 0
    private var capabilities: Set<String> = []

    init(_ exchange: LineExchange, _ kind: MailService.Kind) { self.exchange = exchange }

    func greeting() throws(Failure) -> ServerReply {
        let line = try exchange.line()
        let isGood = line.uppercased().hasPrefix("* OK") || line.uppercased().hasPrefix("* PREAUTH")
        return ServerReply(isGood ? .yes : .no, [line])
    }

    mutating func offersTLS() throws(Failure) -> Bool {
        let answer = try ask("CAPABILITY")
        capabilities = Set(
            answer.lines.filter { $0.uppercased().hasPrefix("* CAPABILITY ") }
                .flatMap { $0.uppercased().split(separator: " ").dropFirst(2).map(String.init) })
        return capabilities.contains("STARTTLS")
    }

    mutating func askForTLS() throws(Failure) -> ServerReply { try ask("STARTTLS") }

    mutating func resume() throws(Failure) { _ = try offersTLS() }

    mutating func attempt(_ attempt: Attempt) throws(Failure) -> Admission {
        let identity = attempt.encodedIdentity
        // RFC 4959: the answer to the first question along with the command; "=" where it is empty.
        let isDirect = capabilities.contains("SASL-IR")
        var answer = try ask("AUTHENTICATE EXTERNAL" + (isDirect ? " \(identity.isEmpty ? "=" : identity)" : ""))
        if answer.verdict == .more {
            try exchange.say(isDirect ? "*" : identity)
            answer = try reply()
        }
        return Admission(.loggingIn, answer)
    }

    mutating func leave() {
        number += 1
        try? exchange.say("\(tag) LOGOUT")
    }

    private var tag: String { "m\(number)" }

    private mutating func ask(_ command: String) throws(Failure) -> ServerReply {
        number += 1
        try exchange.say("\(tag) \(command)")
        return try reply()
    }

    /// Up to the line with the tag of the command, or the one that wants to hear more.
    private func reply() throws(Failure) -> ServerReply {
        let lines = try exchange.lines { $0.hasPrefix("\(tag) ") || $0.hasPrefix("+") || $0.hasPrefix("* BYE") }
        let last = lines.last ?? ""
        if last.hasPrefix("+") { return ServerReply(.more, lines) }
        return ServerReply(last.uppercased().hasPrefix("\(tag.uppercased()) OK") ? .yes : .no, lines)
    }
}
