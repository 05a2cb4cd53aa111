import Foundation
import OpenSSLKit
import Synchronization
import TestSupport
import Testing

@Suite("TLSConnection, before TLS", .onIdleThreads, .timed)
struct TLSConnectionTests {
    /// What comes of a conversation with a server that does these steps.
    private func failure(
        _ steps: [ScriptedServer.Step], within time: Duration = .seconds(5),
        _ converse: (TLSConnection) throws -> Void
    ) throws -> TLSConnection.Failure {
        let server = try ScriptedServer(steps)
        return try #require(
            #expect(throws: TLSConnection.Failure.self) {
                try converse(TLSConnection(host: "127.0.0.1", port: server.port, deadline: Deadline(in: time)))
            })
    }

    /// Runs `work`, which may take no longer than so many seconds.
    private func expect(within seconds: TimeInterval, _ work: () throws -> Void) rethrows {
        let start = Date()
        try work()
        #expect(Date().timeIntervalSince(start) < seconds)
    }

    @Test("Lines come without their ends, however they were sent")
    func lines() throws {
        let server = try ScriptedServer([.say("one\r\ntwo\nth"), .hear("more"), .say("ree\r\n\r\nrest"), .close])
        let connection = try TLSConnection(host: "127.0.0.1", port: server.port, deadline: Deadline(in: .seconds(5)))
        #expect(try connection.readLine() == Array("one".utf8))
        #expect(try connection.readLine() == Array("two".utf8))
        try connection.write(Array("MORE\r\n".utf8))
        #expect(try connection.readLine() == Array("three".utf8))
        #expect(try connection.readLine() == [])
        #expect(throws: TLSConnection.Failure.self) { try connection.readLine() }
        #expect(connection.address.description == "127.0.0.1 port \(server.port)")
    }

    @Test("An IPv6 address is reached, by its text and by its bytes")
    func ipv6() throws {
        let server = try ScriptedServer([.say("hello\r\n")], address: "::1")
        let address = try #require(SocketAddress(bytes: [UInt8](repeating: 0, count: 15) + [1], port: server.port))
        #expect(address.description == "::1 port \(server.port)")
        for connection in [
            try TLSConnection(host: "::1", port: server.port, deadline: Deadline(in: .seconds(5))),
            try TLSConnection(to: address, deadline: Deadline(in: .seconds(5))),
        ] {
            #expect(try connection.readLine() == Array("hello".utf8))
        }
        #expect(SocketAddress(bytes: [1, 2, 3], port: 25) == nil)
    }

    @Test("A host is reached at the address that answers")
    func severalAddresses() throws {
        // localhost is ::1 and 127.0.0.1 on most machines, and nothing listens on the other one.
        let server = try ScriptedServer([.say("hello\r\n")])
        let connection = try TLSConnection(host: "localhost", port: server.port, deadline: Deadline(in: .seconds(5)))
        #expect(try connection.readLine() == Array("hello".utf8))
        #expect(connection.address.host == "127.0.0.1")
    }

    @Test("One comes from the address that was asked for")
    func source() throws {
        let server = try ScriptedServer([.say("hello\r\n")])
        let source = try #require(SocketAddress(bytes: [127, 0, 0, 9], port: 0))
        let connection = try TLSConnection(
            host: "localhost", port: server.port, from: source, deadline: Deadline(in: .seconds(5)))
        #expect(try connection.readLine() == Array("hello".utf8))
        let strange = try #require(SocketAddress(bytes: [192, 0, 2, 1], port: 0))
        let failure = try #require(
            #expect(throws: TLSConnection.Failure.self) {
                try TLSConnection(
                    host: "127.0.0.1", port: server.port, from: strange, deadline: Deadline(in: .seconds(5)))
            })
        #expect(failure.reason == .unreachable, "\(failure)")
    }

    @Test("Where nothing listens is told apart from where there is nothing")
    func notThere() throws {
        let port = try ScriptedServer([]).port
        let deadline = Deadline(in: .seconds(5))
        let refused = try #require(
            #expect(throws: TLSConnection.Failure.self) {
                try TLSConnection(host: "127.0.0.1", port: port, deadline: deadline)
            })
        #expect(refused.reason == .refused)
        #expect(refused.description.hasPrefix("could not connect to 127.0.0.1 port \(port): nothing listens there"))
        for host in ["no-such-host.invalid", "", "a\0b", "256.1.1.1"] {
            let unknown = try #require(
                #expect(throws: TLSConnection.Failure.self) {
                    try TLSConnection(host: host, port: 25, deadline: Deadline(in: .seconds(5)))
                })
            #expect(unknown.reason == .unresolved || unknown.reason == .timedOut, "\(host): \(unknown)")
        }
    }

    @Test("A lookup is through at once also while other threads start programs that go on")
    func besidePrograms() throws {
        let server = try ScriptedServer([.say("hello\r\n")])
        let isOver = Mutex(false)
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var programs: [pid_t] = []
            while !isOver.withLock({ $0 }) {
                // Not Foundation's Process, which closes what it did not open.
                var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("20"), nil]
                var program: pid_t = 0
                if posix_spawn(&program, "/bin/sleep", nil, nil, &arguments, environ) == 0 { programs.append(program) }
                for text in arguments { free(text) }
            }
            for program in programs {
                kill(program, SIGKILL)
                waitpid(program, nil, 0)
            }
            ended.signal()
        }
        defer {
            isOver.withLock { $0 = true }
            ended.wait()
        }
        for _ in 0..<200 {
            _ = try TLSConnection(host: "127.0.0.1", port: server.port, deadline: Deadline(in: .seconds(10)))
        }
    }

    @Test("Nothing is done after the deadline, not even a name looked up")
    func noTime() throws {
        expect(within: 1) {
            for host in ["127.0.0.1", "no-such-host.invalid"] {
                let failure = #expect(throws: TLSConnection.Failure.self) {
                    try TLSConnection(host: host, port: 25, deadline: Deadline(in: .zero))
                }
                #expect(failure?.reason == .timedOut || failure?.reason == .refused)
            }
        }
        #expect(Deadline(in: .seconds(-1)).hasPassed)
        #expect(Deadline(in: .seconds(1) * 1e12).remaining > .seconds(86_400))
    }

    @Test(
        "A server that says nothing, or too slowly, costs no more than the deadline",
        arguments: [[ScriptedServer.Step.stall], [.say("220 half a li"), .stall], [.drip(0.05)]])
    func stalls(_ steps: [ScriptedServer.Step]) throws {
        try expect(within: 2.5) {
            let failure = try failure(steps, within: .seconds(1)) { _ = try $0.readLine() }
            #expect(failure.reason == .timedOut)
        }
    }

    @Test("A line without an end is given up at its limit", arguments: [1_048_576, 0])
    func flood(_ count: Int) throws {
        try expect(within: 2.5) {
            let failure = try failure([.flood(count)]) { _ = try $0.readLine() }
            #expect(failure.reason == .tooLong)
        }
        #expect(try failure([.say("abcdef\r\n")]) { _ = try $0.readLine(limit: 4) }.reason == .tooLong)
    }

    @Test(
        "A connection that ends, early or rudely, is said to be closed", arguments: [ScriptedServer.Step.close, .reset])
    func ends(_ step: ScriptedServer.Step) throws {
        #expect(try failure([step]) { _ = try $0.readLine() }.reason == .closed)
        #expect(try failure([.say("half"), step]) { _ = try $0.readLine() }.reason == .closed)
    }

    @Test("Writing to one who is gone kills nobody, and his last words are read")
    func noSignal() throws {
        let failure = try failure([.say("421 too busy\r\n"), .close]) { connection in
            usleep(100_000)
            for _ in 0..<5 {
                try connection.write(Array("EHLO a\r\n".utf8))
                usleep(10_000)
            }
            #expect(try connection.readLine() == Array("421 too busy".utf8))
            _ = try connection.readLine()
        }
        #expect(failure.reason == .closed)
    }

    @Test("One who reads nothing does not hold up the writer for longer than the deadline")
    func blockedWriter() throws {
        try expect(within: 4) {
            let failure = try failure([.stall], within: .seconds(1)) {
                try $0.write([UInt8](repeating: 0x41, count: 64 << 20))
            }
            #expect(failure.reason == .timedOut)
        }
    }

    @Test(
        "What was said before TLS and not asked for ends the conversation",
        arguments: ["220 ready\r\n250 injected\r\n", "220 ready\r\nhalf a line"])
    func injection(_ text: String) throws {
        let failure = try failure([.say(text), .stall]) { connection in
            #expect(try connection.readLine() == Array("220 ready".utf8))
            try connection.startTLS(TLSOffer())
        }
        #expect(failure.reason == .unexpectedInput)
        // Also where it is still on its way into the program.
        let later = try self.failure([.say("220 ready\r\n"), .hear("x"), .say("250 injected\r\n"), .stall]) {
            connection in
            #expect(try connection.readLine() == Array("220 ready".utf8))
            try connection.write(Array("x\r\n".utf8))
            usleep(200_000)
            try connection.startTLS(TLSOffer())
        }
        #expect(later.reason == .unexpectedInput)
    }

    @Test("Whoever does not speak TLS is told apart from whoever says nothing")
    func noTLS() throws {
        let garbage = try failure([.say("ready\r\n"), .gulp, .say("500 what?\r\n"), .stall]) {
            _ = try $0.readLine()
            try $0.startTLS(TLSOffer(serverName: "mail.example.org"))
        }
        #expect(garbage.reason == .tls, "\(garbage)")
        let silent = try failure([.say("ready\r\n"), .stall], within: .seconds(1)) {
            _ = try $0.readLine()
            try $0.startTLS(TLSOffer())
        }
        #expect(silent.reason == .timedOut)
        let gone = try failure([.say("ready\r\n"), .close]) {
            _ = try $0.readLine()
            try $0.startTLS(TLSOffer())
        }
        #expect(gone.reason == .closed)
    }
}
