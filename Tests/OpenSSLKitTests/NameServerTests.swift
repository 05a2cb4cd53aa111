import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("NameServer", .onIdleThreads, .timed)
struct NameServerTests {
    private typealias Answer = ScriptedNameServer.Answer
    private static let owner = "_25._tcp.mail.example.org"
    private static let record = "030101" + String(repeating: "ab", count: 32)

    private func ask(
        _ answer: Answer, tcp: Answer? = nil, address: String = "127.0.0.1", owner: String = owner,
        within time: Duration = .seconds(10)
    ) throws -> NameServer.Answer {
        let server = try ScriptedNameServer(answer, tcp: tcp, address: address)
        let bytes: [UInt8] = address == "::1" ? [UInt8](repeating: 0, count: 15) + [1] : [127, 0, 0, 1]
        let place = try #require(SocketAddress(bytes: bytes, port: server.port))
        return try NameServer(address: place).records(of: owner, Deadline(in: time))
    }

    @Test("Records are found, by IPv4 and by IPv6, and whether they are authentic", arguments: ["127.0.0.1", "::1"])
    func found(_ address: String) throws {
        for authenticated in [true, false] {
            let seen = try ask(Answer([Self.record, "02000104"], authenticated: authenticated), address: address)
            #expect(seen.records.map(\.usage) == [3, 2])
            #expect(seen.records[0].association == [UInt8](repeating: 0xab, count: 32))
            #expect(seen.isAuthenticated == authenticated)
        }
    }

    @Test("No such name, and a name without such records, are no error")
    func none() throws {
        for answer in [Answer(), Answer().with { $0.code = 3 }] {
            #expect(try ask(answer) == NameServer.Answer(records: [], isAuthenticated: true))
        }
    }

    @Test("An alias is followed, whatever case it is in; what belongs to somebody else is not taken")
    func owners() throws {
        #expect(try ask(Answer([Self.record]).with { $0.alias = "_DANE.example.org" }).records.count == 1)
        #expect(try ask(Answer([Self.record]).with { $0.owner = "_25._tcp.other.example.org" }).records.isEmpty)
        #expect(try ask(Answer([Self.record]).with { $0.owner = "_25._TCP.Mail.Example.org" }).records.count == 1)
    }

    @Test("An answer that is cut off over UDP is asked for over TCP")
    func truncated() throws {
        let many = Answer([Self.record]).with { $0.copies = 60 }
        #expect(try ask(Answer().with { $0.truncated = true }, tcp: many).records.count == 60)
    }

    @Test(
        "A server that refuses, fails or talks nonsense has no answer",
        arguments: [
            Answer().with { $0.code = 2 }, Answer().with { $0.code = 5 },
            // A record too short; a header that promises a thousand records; names that lead to themselves; noise.
            Answer(["0301"]), Answer().with { $0.raw = "8180000103e800000000" },
            Answer().with { $0.raw = "81800000000100000000c00cc00c0034000100000001000401010101" },
            Answer().with { $0.raw = String(repeating: "ff", count: 400) },
        ])
    func refused(_ answer: ScriptedNameServer.Answer) throws {
        let start = Date()
        let failure = #expect(throws: TLSConnection.Failure.self) { try ask(answer, within: .seconds(3)) }
        #expect(failure?.reason == .unresolved || failure?.reason == .timedOut, "\(String(describing: failure))")
        #expect(Date().timeIntervalSince(start) < 4.5)
    }

    @Test("More records than anybody has are not all taken")
    func flood() throws {
        let many = Answer(["03010101"]).with { $0.copies = 3_000 }
        #expect(try ask(Answer().with { $0.truncated = true }, tcp: many).records.count <= 100)
        let endless = Answer([Self.record]).with { $0.isEndless = true }
        let start = Date()
        _ = try? ask(Answer().with { $0.truncated = true }, tcp: endless, within: .seconds(3))
        #expect(Date().timeIntervalSince(start) < 4.5)
    }

    @Test("A server that says nothing costs no more than the time given, over UDP and over TCP")
    func stalls() throws {
        let silent = Answer().with { $0.stalls = true }
        for (udp, tcp) in [(silent, silent), (Answer().with { $0.truncated = true }, silent)] {
            let start = Date()
            let failure = #expect(throws: TLSConnection.Failure.self) { try ask(udp, tcp: tcp, within: .seconds(1)) }
            #expect(failure?.reason == .timedOut)
            #expect(Date().timeIntervalSince(start) < 2.5)
        }
    }

    @Test("What is no name is not asked for")
    func names() throws {
        for name in ["", "a\0b", String(repeating: "a", count: 300), "a..b"] {
            #expect(throws: TLSConnection.Failure.self, "\(name)") {
                try ask(Answer([Self.record]), owner: name, within: .seconds(2))
            }
        }
    }
}
