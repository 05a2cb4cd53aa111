import Foundation
import Synchronization
import TestSupport

/// The clients in `Tests/daemons`, run in the room of the server that they talk to.
extension Room {
    /// Runs a client to its end.
    /// - Parameter arguments: ``arguments(verifying:serverName:as:)`` and the client's own.
    func talk<Seen: Decodable>(_ client: String, _ arguments: [String]) throws -> Seen {
        let seen = try must("python3", ["\(Self.clients)/\(client)"] + arguments)
        return try JSONDecoder().decode(Seen.self, from: Data(seen.utf8))
    }

    /// Runs a client that talks to the server twice, the second time with the TLS session of the first.
    /// - Parameter event: what happens in between.
    /// - Returns: what it saw the second time.
    func talkTwice<Seen: Decodable & Sendable>(
        _ client: String, _ arguments: [String], after event: () throws -> Void
    ) throws -> Seen {
        let pause = UUID().uuidString
        let line = arguments + ["--resume", "--pause", "\(Self.sharedPath)/\(pause)"]
        let second = Mutex<Result<Seen, any Error>?>(nil)
        let finished = DispatchGroup()
        DispatchQueue.global().async(group: finished) {
            let seen = Result { try self.talk(client, line) as Seen }
            second.withLock { $0 = seen }
        }
        try wait(120, for: "the client's first conversation") {
            FileManager.default.fileExists(atPath: shared.file("\(pause).paused")) || second.withLock { $0 != nil }
        }
        // Whatever happens, the client is let go.
        let happened = Result { try event() }
        try shared.write("", to: "\(pause).go")
        finished.wait()
        try happened.get()
        guard let seen = second.withLock({ $0 }) else { throw Failure.timedOut("the client's end", log: log) }
        return try seen.get()
    }

    /// What every client has to know: whom to trust, and what to show when it is asked.
    func arguments(
        verifying authority: String?, serverName: String = "mail.example.org", as client: Credentials?
    ) throws -> [String] {
        var arguments = ["--server-name", serverName]
        if let authority { arguments += ["--ca", try copy(authority)] }
        if let client { arguments += ["--cert", try copy(client.certificate), "--key", try copy(client.key)] }
        return arguments
    }

    func wait(_ seconds: TimeInterval, for event: String, until condition: () throws -> Bool) throws {
        let patience = Date(timeIntervalSinceNow: seconds)
        while try !condition() {
            guard Date.now < patience else { throw Failure.timedOut(event, log: log) }
            usleep(5000)
        }
    }

    /// Where rooms that see ``clientsFolder`` have it.
    private static let clients = "/srv/clients"

    /// What a room has to see for its clients.
    static var clientsFolder: String {
        "\(URL(fileURLWithPath: script("enter")).deletingLastPathComponent().path(percentEncoded: false)):\(clients)"
    }
}
