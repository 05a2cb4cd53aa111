import Foundation
import TestSupport
import Testing

@Suite("mailca verify, of servers that do as they should not")
struct VerifyHostileTests {
    /// For what a conversation may take, a second for each of two, and for the program's start on a busy machine.
    private static let seconds: TimeInterval = 8
    /// In KiB: 64 MiB, of which the program takes the half in any case.
    private static let memory = 64 << 10

    @Test("It is told as what it is, in 8 seconds and 64 MiB", arguments: HostileServer.all)
    func told(_ hostile: HostileServer) throws {
        let place = try Place(.open)
        try place.run(["issue-server", "mail.example.org"])
        let chain = String(repeating: try place.read("etc/certs/cacert.pem"), count: hostile.chainLength)
        try place.write(try place.read("etc/certs/cert.pem") + chain, to: "chain.pem")
        var tls = ScriptedServer.TLS(certificate: place.file("chain.pem"), key: "\(place.certs)/privkey.pem")
        tls.tickets = hostile.tickets
        let server = try ScriptedServer(hostile.steps, tls: tls)
        let url = "smtp://mail.example.org:\(server.port)"
        let peak = try PeakMemory()

        let start = Date()
        let outcome = try place.mailca(
            ["verify", url, "--connect", "127.0.0.1", "--timeout", "1"], under: peak.launcher)

        #expect(Date().timeIntervalSince(start) < Self.seconds)
        let errors = outcome.stdout.matches(of: #/(?m)^error: .*\[([a-z.-]+)\]$/#).map { String($0.1) }
        #expect(errors == (hostile.error.map { [$0] } ?? []), "\(outcome.everything)")
        #expect(outcome.status == hostile.status, "\(outcome.everything)")
        let kibibytes = try peak.kibibytes()
        #expect(kibibytes < Self.memory)
    }
}
