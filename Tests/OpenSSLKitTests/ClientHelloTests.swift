import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("ClientHello, and what servers make of it", .onIdleThreads, .timed)
struct ClientHelloTests {
    private static let everything = CipherSuite.ordinary + CipherSuite.weak

    @Test("Suites are told apart by what is wrong with them")
    func suites() {
        for (number, weakness) in [
            (0x0001, CipherSuite.Weakness.noEncryption), (0xc015, .noEncryption), (0x0018, .anonymous),
            (0x0017, .anonymous),
            (0x0003, .export), (0x0008, .export), (0x0005, .rc4), (0x000a, .shortBlocks), (0x0009, .shortBlocks),
            (0x0007, .shortBlocks),
        ] as [(UInt16, CipherSuite.Weakness)] {
            #expect(CipherSuite(number).weakness == weakness, "\(CipherSuite(number))")
        }
        #expect(CipherSuite(0xc02f).weakness == nil)
        #expect(CipherSuite(0xfefe).weakness == nil)
        #expect("\(CipherSuite(0xfefe))" == "suite fefe")
        #expect("\(CipherSuite(0x0005))" == "TLS_RSA_WITH_RC4_128_SHA")
        #expect(Set(Self.everything).count == Self.everything.count)
        #expect(CipherSuite.weak.filter { "\($0)".contains("MD5") }.count == 6)
    }

    private func choice(_ port: UInt16, _ hello: ClientHello, within time: Duration = .seconds(5)) throws
        -> ServerChoice
    {
        try TLSConnection(host: "127.0.0.1", port: port, deadline: Deadline(in: time)).choice(of: hello)
    }

    @Test(
        "OpenSSL's server takes the newest that it has of what it is offered, or nothing",
        arguments: [
            (["-tls1_1"], TLSVersion.tls12, TLSVersion?.some(.tls11)), (["-tls1_1"], .tls10, nil),
            (["-tls1"], .tls11, .tls10),
            (["-tls1"], .ssl3, nil), ([], .tls12, .tls12), (["-no_tls1", "-no_tls1_1"], .tls11, nil),
            (["-tls1_3"], .tls12, nil),
        ])
    func versions(_ options: [String], _ offered: TLSVersion, _ expected: TLSVersion?) throws {
        let server = try SecureServer(try .root(), ["-cipher", "ALL:@SECLEVEL=0"] + options)
        switch try choice(server.port, ClientHello(offered, Self.everything, serverName: "mail.example.org")) {
        case .taken(let version, let suite):
            #expect(version == expected)
            #expect(Self.everything.contains(suite))
        case .refused(let alert):
            #expect(expected == nil)
            #expect(alert != nil)
        }
    }

    @Test(
        "A weak suite is taken by whoever has it, and by nobody else",
        arguments: [
            ("eNULL", CipherSuite.Weakness?.some(.noEncryption)), ("aNULL:!eNULL", .anonymous), ("HIGH:!aNULL", nil),
        ])
    func weak(_ ciphers: String, _ weakness: CipherSuite.Weakness?) throws {
        let server = try SecureServer(
            try .root(), ["-no_tls1_3", "-dhparam", "@dh.pem", "-cipher", "\(ciphers):@SECLEVEL=0"],
            files: [
                "dh.pem": Array(
                    try openssl(["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]).utf8)
            ])
        let seen = try choice(server.port, ClientHello(.tls12, CipherSuite.weak))
        if case .taken(.tls12, let suite) = seen {
            #expect(suite.weakness == weakness)
        } else {
            #expect(weakness == nil, "\(seen)")
        }
    }

    /// A server's first message, in one record: version, suite, length of the session's identifier.
    private static func hello(_ version: UInt8, _ suite: UInt16, session: Int = 0) -> [UInt8] {
        let body =
            [3, version] + [UInt8](repeating: 7, count: 32) + [UInt8(session)]
            + [UInt8](repeating: 9, count: session) + [UInt8(suite >> 8), UInt8(suite & 255), 0]
        return [22, 3, version, 0, UInt8(body.count + 4), 2, 0, 0, UInt8(body.count)] + body
    }

    @Test("What OpenSSL cannot speak any more is seen all the same: SSL 3.0, RC4")
    func ancient() throws {
        for (bytes, version, suite) in [
            (Self.hello(0, 0x0005), TLSVersion.ssl3, 0x0005), (Self.hello(1, 0x000a, session: 32), .tls10, 0x000a),
            // A warning before it.
            ([21, 3, 3, 0, 2, 1, 112] + Self.hello(3, 0xc02f, session: 7), .tls12, 0xc02f),
        ] as [([UInt8], TLSVersion, UInt16)] {
            let server = try ScriptedServer([.gulp, .bytes(bytes), .stall])
            #expect(
                try choice(server.port, ClientHello(version, Self.everything)) == .taken(version, CipherSuite(suite)))
        }
    }

    @Test("Nonsense for an answer is an error, a word of refusal is not, and neither takes long")
    func hostile() throws {
        let nonsense: [[UInt8]] = [
            Array("500 what was that?\r\n".utf8), [22, 3, 3, 0, 0], [22, 3, 3, 0xff, 0xff],
            [23, 3, 3, 0, 4, 1, 2, 3, 4],
            // Another message; a session identifier that is longer than the message; an unknown version.
            [22, 3, 3, 0, 4, 14, 0, 0, 0], Array(Self.hello(3, 0x0005).prefix(43)) + [255, 0, 0, 0],
            Self.hello(9, 0x0005),
            [UInt8](repeating: 0, count: 100), [21, 3, 3, 0, 9] + [UInt8](repeating: 1, count: 9),
        ]
        for bytes in nonsense {
            let server = try ScriptedServer([.gulp, .bytes(bytes), .close])
            let failure = #expect(throws: TLSConnection.Failure.self, "\(bytes)") {
                try choice(server.port, ClientHello(.tls12, Self.everything))
            }
            #expect(failure?.reason == .tls, "\(bytes)")
        }
        let warnings = try ScriptedServer([.gulp, .bytes([21, 3, 3, 0, 2, 1, 90], times: 0)])
        #expect(
            #expect(throws: TLSConnection.Failure.self) {
                try choice(warnings.port, ClientHello(.tls12, Self.everything))
            }?.reason
                == .tls)
        for (steps, alert) in [
            ([.gulp, .bytes([21, 3, 3, 0, 2, 2, 70]), .stall], 70), ([.gulp, .close], nil), ([.gulp, .reset], nil),
            ([.gulp, .bytes(Array(Self.hello(3, 5).prefix(30))), .close], nil),
        ] as [([ScriptedServer.Step], Int?)] {
            let server = try ScriptedServer(steps)
            #expect(try choice(server.port, ClientHello(.tls12, Self.everything)) == .refused(alert: alert))
        }
        let silent = try ScriptedServer([.stall])
        #expect(
            #expect(throws: TLSConnection.Failure.self) {
                try choice(silent.port, ClientHello(.tls12, Self.everything), within: .milliseconds(300))
            }?.reason == .timedOut)
    }
}
