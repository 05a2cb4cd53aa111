import Foundation
import TestSupport
import Testing

@Suite("mailca verify, of servers that do as they should not", .onIdleThreads, .timed)
struct VerifyHostileTests {
    /// For what conversations may take, a second for each of three, and for the program's start on a busy machine.
    private static let seconds: TimeInterval = 8
    /// In KiB: 64 MiB, of which the program takes the half in any case.
    private static let memory = 64 << 10

    @Test("It is told as what it is, in 8 seconds and 64 MiB", arguments: HostileServer.all)
    func told(_ hostile: HostileServer) throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        let chain = String(repeating: try place.read("etc/certs/cacert.pem"), count: hostile.chainLength)
        try place.write(try place.read("etc/certs/cert.pem") + chain, to: "chain.pem")
        var tls = ScriptedServer.TLS(
            certificate: place.file("chain.pem"), key: "\(place.certs)/privkey.pem",
            authority: hostile.seesUser ? "\(place.certs)/cacert.pem" : nil)
        tls.tickets = hostile.tickets
        let server = try ScriptedServer(hostile.steps, tls: tls)
        var line = ["verify", "smtp://mail.example.org:\(server.port)", "--connect", "127.0.0.1", "--timeout", "1"]
        if hostile.seesUser {
            try place.run(
                ["issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile])
            line += ["--client", "\(place.out)/taro@example.org.p12", "--client-password-file", place.passwordFile]
        }
        let peak = try PeakMemory()

        let start = Date()
        let outcome = try place.mailca(line, under: peak.launcher)

        #expect(Date().timeIntervalSince(start) < Self.seconds)
        let errors = outcome.stdout.matches(of: #/(?m)^error: .*\[([a-z.-]+)\]$/#).map { String($0.1) }
        #expect(errors == (hostile.error.map { [$0] } ?? []), "\(outcome.everything)")
        #expect(outcome.status == hostile.status, "\(outcome.everything)")
        let kibibytes = try peak.kibibytes()
        #expect(kibibytes < Self.memory)
    }

    @Test("What is measured is what a program has had at a time, though it has it no more")
    func measure() throws {
        let peak = try PeakMemory()
        let line = peak.launcher + ["python3", "-c", "x = bytearray(b'x' * (80 << 20)); del x"]
        let outcome = try Command.run(line[0], Array(line.dropFirst()), package: "python3")
        #expect(outcome.status == 0, "\(outcome.everything)")
        #expect(try peak.kibibytes() > Self.memory)
    }
}
