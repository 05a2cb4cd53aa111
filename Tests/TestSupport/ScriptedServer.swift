import Foundation

/// A server on loopback that does what a test tells it (`Tests/live/scripted-server`). It ends with this object, and
/// with the test process.
public final class ScriptedServer: Sendable {
    /// What it does to every connection, one step after the other. See the script for what they mean.
    public enum Step: Sendable {
        case say(String)
        case bytes([UInt8], times: Int = 1)
        case hear(String)
        case flood(Int)
        case drip(Double, of: [UInt8] = [0x78])
        case gulp
        case tls, stall, close, reset
        case answer([String: [Step]])
        case known([Step], unknown: [Step])

        fileprivate var json: Any {
            switch self {
            case .say(let text): ["say": text]
            case .bytes(let bytes, let times):
                ["bytes": Self.hexadecimal(bytes), "times": times]
            case .hear(let prefix): ["hear": prefix]
            case .flood(let count): ["flood": count]
            case .drip(let pause, let bytes): ["drip": pause, "of": Self.hexadecimal(bytes)]
            case .gulp: "gulp"
            case .tls: "tls"
            case .stall: "stall"
            case .close: "close"
            case .reset: "reset"
            case .answer(let table): ["answer": table.mapValues { $0.map(\.json) }]
            case .known(let steps, let unknown): ["known": steps.map(\.json), "unknown": unknown.map(\.json)]
            }
        }

        private static func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.map { String(format: "%02x", $0) }.joined()
        }
    }

    /// Its side of TLS, as files.
    public struct TLS: Sendable {
        public var certificate: String
        public var key: String
        /// The CA whose certificates are asked for.
        public var authority: String?
        public var demands = false
        /// The lowest and the highest, as in `TLSv1_2`.
        public var versions = ["TLSv1_2", "TLSv1_3"]
        /// As OpenSSL has them; nil for its own choice.
        public var ciphers: String?
        /// How many tickets to resume by it hands out in TLS 1.3; nil for OpenSSL's choice.
        public var tickets: Int?

        public init(certificate: String, key: String, authority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }

        fileprivate var json: [String: Any] {
            var json: [String: Any] = ["cert": certificate, "key": key, "versions": versions]
            if let ciphers { json["ciphers"] = ciphers }
            if let tickets { json["tickets"] = tickets }
            if let authority { json[demands ? "demand" : "ask"] = authority }
            return json
        }
    }

    public let address: String
    public var port: UInt16 { process.port }
    private let process: ScriptedProcess

    public init(_ steps: [Step], tls: TLS? = nil, address: String = "127.0.0.1") throws {
        self.address = address
        var script: [String: Any] = ["steps": steps.map(\.json), "address": address]
        if let tls { script["tls"] = tls.json }
        process = try ScriptedProcess("scripted-server", script)
    }
}
