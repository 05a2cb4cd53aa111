import TestSupport
import Testing

/// A mail server that does as it should not, and what `mailca verify` has to say of it.
struct HostileServer: Sendable, CustomTestStringConvertible {
    typealias Step = ScriptedServer.Step

    let name: String
    let steps: [Step]
    /// The id of the only error; nil where there is none.
    let error: String?
    /// How many certificates it sends after its own.
    var chainLength = 0
    /// How many tickets it hands out; nil for as many as are usual.
    var tickets: Int?
    /// Whether a user's certificate is put to the proof.
    var seesUser = false

    var testDescription: String { name }
    /// Nobody to talk to has a status of its own.
    var status: Int32 { error == nil ? 0 : error == "live.no-answer" ? 69 : 1 }

    static let all = stalling + closing + endless + shaking + confused + refusing

    private static let greeting: [Step] = [.say("220 mail.example.org ESMTP\r\n"), .hear("EHLO")]
    private static let offer: [Step] = greeting + [.say("250-x\r\n250 STARTTLS\r\n"), .hear("STARTTLS")]
    private static let ready: [Step] = offer + [.say("220 go\r\n")]
    private static let secure: [Step] = ready + [.tls]
    private static let sound: [Step] = secure + [.answer(["EHLO": [.say("250 x\r\n")], "QUIT": [.close]])]

    /// Each step of the conversation, with what is said of one that goes no further.
    private static let stages: [(name: String, steps: [Step], error: String)] = [
        ("when it should greet", [], "live.no-answer"),
        ("after EHLO", greeting, "live.no-answer"),
        ("after STARTTLS", offer, "live.no-answer"),
        ("when TLS begins", ready + [.gulp], "live.handshake"),
        ("under TLS", secure, "live.no-answer"),
    ]

    private static let stalling =
        stages.map { HostileServer(name: "stalls \($0.name)", steps: $0.steps + [.stall], error: $0.error) }
        + stages.filter { $0.error == "live.no-answer" }.map {
            HostileServer(name: "stalls in a word \($0.name)", steps: $0.steps + [.say("2"), .stall], error: $0.error)
        }

    private static let closing = stages.map {
        HostileServer(name: "closes \($0.name)", steps: $0.steps + [.close], error: $0.error)
    }

    /// Lines and answers.
    private static let endless = stages.filter { $0.error == "live.no-answer" }.flatMap { stage in
        [
            ("a line of a megabyte", .flood(1 << 20)), ("a line without end", .flood(0)),
            ("a line without end, letter by letter", .drip(0.05)),
            ("an answer without end", .bytes(many(Array("250-and this is not all of it\r\n".utf8)), times: 0)),
        ].map { (name: String, step: Step) in
            HostileServer(name: "\(name) \(stage.name)", steps: stage.steps + [step], error: stage.error)
        }
    }

    /// Handshakes.
    private static let shaking: [HostileServer] =
        [
            // TLS 1.2 has a message that asks for a handshake, which is passed over while there is one.
            ("messages that ask for another", [22, 3, 3, 0, 4, 0, 0, 0, 0]),
            ("records with nothing in them", [22, 3, 3, 0, 0]),
            ("warnings", [21, 3, 3, 0, 2, 1, 90]),
        ].map { name, record in
            HostileServer(
                name: "a handshake without end: \(name)", steps: ready + [.gulp, .bytes(many(record), times: 0)],
                error: "live.handshake")
        } + [
            HostileServer(
                name: "a handshake without end: a byte at a time",
                steps: ready + [.gulp, .drip(0.1, of: [22, 3, 3, 63, 255, 2, 0, 63, 251, 3, 3])],
                error: "live.handshake"),
            HostileServer(
                name: "a message of sixteen megabytes",
                steps: ready + [.gulp, .bytes([22, 3, 3, 64, 0, 2, 255, 255, 255]), .flood(0)],
                error: "live.handshake"),
            HostileServer(name: "a chain of a megabyte", steps: sound, error: "live.handshake", chainLength: 2_000),
            HostileServer(
                name: "a chain that is long, and no longer than may be", steps: sound, error: nil, chainLength: 150),
            HostileServer(
                name: "tickets without end", steps: secure + [.stall], error: "live.no-answer", tickets: 1_000_000),
        ]

    private static let confused = [
        HostileServer(
            name: "garbage in the place of TLS",
            steps: ready + [.gulp, .bytes(many([0xde, 0xad, 0xbe, 0xef]), times: 0)],
            error: "live.handshake"),
        HostileServer(
            name: "plain text in the place of TLS", steps: ready + [.gulp, .say("500 what was that?\r\n"), .stall],
            error: "live.handshake"),
        HostileServer(
            name: "answers that nobody asked for after STARTTLS",
            steps: offer + [.say("220 go\r\n250-x\r\n250 AUTH PLAIN\r\n"), .tls, .stall], error: "live.injection"),
    ]

    /// What a user asks for under TLS.
    private static let refusing = ["MAIL", "RCPT"].flatMap { command in
        [
            ("stalls", .stall), ("closes", .close), ("a line without end", .flood(0)),
            ("a line without end, letter by letter", .drip(0.05)),
        ].map { (name: String, step: Step) in
            let polite: [String: [Step]] = [
                "EHLO": [.say("250 x\r\n")], "MAIL": [.say("250 x\r\n")], "QUIT": [.close],
            ]
            return HostileServer(
                name: "\(name) after \(command)",
                steps: secure + [.answer(polite.merging([command: [step]]) { $1 })], error: "live.client-refused",
                seesUser: true)
        }
    }

    private static func many(_ bytes: [UInt8]) -> [UInt8] { Array(repeatElement(bytes, count: 500).joined()) }
}
