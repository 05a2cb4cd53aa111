import Foundation
import Glibc

/// A server on loopback that does what a test tells it (`Tests/live/scripted-server`). It ends with this object, and
/// with the test process.
public final class ScriptedServer: Sendable {
    public enum Failure: Error { case notStarted(String) }

    /// What it does to every connection, one step after the other. See the script for what they mean.
    public enum Step: Sendable {
        case say(String)
        case bytes([UInt8], times: Int = 1)
        case hear(String)
        case flood(Int)
        case drip(Double)
        case gulp
        case tls, stall, close, reset
        case answer([String: [Step]])
        case known([Step], unknown: [Step])

        fileprivate var json: Any {
            switch self {
            case .say(let text): ["say": text]
            case .bytes(let bytes, let times):
                ["bytes": bytes.map { String(format: "%02x", $0) }.joined(), "times": times]
            case .hear(let prefix): ["hear": prefix]
            case .flood(let count): ["flood": count]
            case .drip(let pause): ["drip": pause]
            case .gulp: "gulp"
            case .tls: "tls"
            case .stall: "stall"
            case .close: "close"
            case .reset: "reset"
            case .answer(let table): ["answer": table.mapValues { $0.map(\.json) }]
            case .known(let steps, let unknown): ["known": steps.map(\.json), "unknown": unknown.map(\.json)]
            }
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

        public init(certificate: String, key: String, authority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }

        fileprivate var json: [String: Any] {
            var json: [String: Any] = ["cert": certificate, "key": key, "versions": versions]
            if let ciphers { json["ciphers"] = ciphers }
            if let authority { json[demands ? "demand" : "ask"] = authority }
            return json
        }
    }

    public let address: String
    public let port: UInt16
    private let pid: pid_t
    private let lifeline: Int32

    public init(_ steps: [Step], tls: TLS? = nil, address: String = "127.0.0.1") throws {
        self.address = address
        var script: [String: Any] = ["steps": steps.map(\.json), "address": address]
        if let tls { script["tls"] = tls.json }
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        let ours = ends[0]
        lifeline = ours
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var argv = [strdup(Self.program), nil]
        defer { for text in argv { free(text) } }
        var child: pid_t = 0
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals as a shell would leave them, whatever this thread blocks.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let status = posix_spawn(&child, Self.program, &actions, &attributes, &argv, environ)
        Glibc.close(ends[1])
        pid = child
        guard status == 0 else { throw Failure.notStarted(String(cString: strerror(status))) }
        let line = try JSONSerialization.data(withJSONObject: script) + Data("\n".utf8)
        line.withUnsafeBytes { _ = send(ours, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard let port = UInt16(Self.readLine(ours)) else { throw Failure.notStarted("it named no port") }
        self.port = port
    }

    deinit {
        Glibc.close(lifeline)
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    private static func readLine(_ descriptor: Int32) -> String {
        var said: [UInt8] = []
        let patience = Date(timeIntervalSinceNow: 20)
        while said.last != UInt8(ascii: "\n"), Date.now < patience {
            var awaited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&awaited, 1, 1000) > 0 else { continue }
            var byte: UInt8 = 0
            guard read(descriptor, &byte, 1) == 1 else { break }
            said.append(byte)
        }
        return String(decoding: said.dropLast(), as: UTF8.self)
    }

    private static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "live/scripted-server").path(percentEncoded: false)
}
