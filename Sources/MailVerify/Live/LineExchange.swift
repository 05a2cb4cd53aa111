import OpenSSLKit

/// Lines to a server and from it.
final class LineExchange {
    typealias Failure = TLSConnection.Failure

    let connection: TLSConnection
    /// How many lines one answer may have: what a server can do takes some dozens.
    private static let longest = 500

    init(_ connection: TLSConnection) { self.connection = connection }

    func say(_ line: String) throws(Failure) { try connection.write(Array("\(line)\r\n".utf8)) }

    /// The next line, with its control characters escaped.
    func line() throws(Failure) -> String { String(decoding: try connection.readLine(), as: UTF8.self).shown }

    /// Reads lines up to the one that ends an answer.
    func lines(until isLast: (String) -> Bool) throws(Failure) -> [String] {
        var lines: [String] = []
        while lines.count < Self.longest {
            let line = try line()
            lines.append(line)
            if isLast(line) { return lines }
        }
        throw Failure(.tooLong, "read an answer")
    }
}

/// What is said in one of mail's protocols as far as TLS, and to be let in.
protocol Dialogue {
    init(_ exchange: LineExchange, _ kind: MailService.Kind)

    /// What the server says first.
    mutating func greeting() throws(TLSConnection.Failure) -> ServerReply
    /// Asks what the server can do.
    /// - Returns: whether TLS is among it.
    mutating func offersTLS() throws(TLSConnection.Failure) -> Bool
    /// Asks for TLS; after a positive answer it begins.
    mutating func askForTLS() throws(TLSConnection.Failure) -> ServerReply
    /// Begins anew under TLS. Where the server refuses a certificate in TLS 1.3, it is heard here first.
    mutating func resume() throws(TLSConnection.Failure)
    /// Asks to be let in by the certificate that was shown. Nothing is left behind, and no mail is sent.
    mutating func attempt(_ attempt: Attempt) throws(TLSConnection.Failure) -> Admission
    /// Takes leave, without waiting.
    mutating func leave()
}

extension MailService.Kind {
    func dialogue(_ exchange: LineExchange) -> any Dialogue {
        switch self {
        case .smtp, .submission, .smtps, .lmtp: SMTPDialogue(exchange, self)
        case .imap, .imaps: IMAPDialogue(exchange, self)
        case .pop3, .pop3s: POP3Dialogue(exchange, self)
        case .sieve: SieveDialogue(exchange, self)
        }
    }
}
