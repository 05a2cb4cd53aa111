import MailCA
import OpenSSLKit

/// SMTP (RFC 5321), and LMTP, which differs in its first word.
struct SMTPDialogue: Dialogue {
    typealias Failure = TLSConnection.Failure

    private let exchange: LineExchange
    private let hello: String

    init(_ exchange: LineExchange, _ kind: MailService.Kind) {
        self.exchange = exchange
        // An address stands for a client that has no name.
        hello = "\(kind == .lmtp ? "LHLO" : "EHLO") [127.0.0.1]"
    }

    func greeting() throws(Failure) -> ServerReply { try reply() }

    func offersTLS() throws(Failure) -> Bool {
        let answer = try ask(hello)
        return answer.isPositive && answer.lines.dropFirst().contains { $0.dropFirst(4).uppercased() == "STARTTLS" }
    }

    func askForTLS() throws(Failure) -> ServerReply { try ask("STARTTLS") }

    func resume() throws(Failure) { _ = try ask(hello) }

    func attempt(_ attempt: Attempt) throws(Failure) -> Admission {
        var decision = try ask("MAIL FROM:<\(attempt.sender.map { "\($0)" } ?? "")>")
        if decision.isPositive { decision = try ask("RCPT TO:<\(attempt.recipient)>") }
        _ = try? ask("RSET")
        return Admission(.relaying, decision)
    }

    func leave() { try? exchange.say("QUIT") }

    private func ask(_ command: String) throws(Failure) -> ServerReply {
        try exchange.say(command)
        return try reply()
    }

    /// Lines with a code of three digits, a hyphen after it in all but the last.
    private func reply() throws(Failure) -> ServerReply {
        let lines = try exchange.lines { !($0.dropFirst(3).first == "-" && Int($0.prefix(3)) != nil) }
        let code = lines.last.flatMap { $0.utf8.count >= 3 ? Int($0.prefix(3)) : nil } ?? 0
        let verdict: ServerReply.Verdict =
            switch code {
            case 200..<300: .yes
            case 300..<400: .more
            case 400..<500: .later
            default: .no
            }
        return ServerReply(verdict, lines)
    }
}
