import Foundation
import TestSupport
import Testing

/// Commands that are killed at random moments, wherever they are then: also in the middle of a step.
///
/// MAILCA_SOAK=1 in the environment makes it 500 kills, and MAILCA_SEED another series of moments.
@Suite("Commands that are killed at random moments", .onThreads)
struct RandomKillTests {
    enum Scene: String, CaseIterable {
        case issueClient, bulk, bulkWithPasswords, revoke, crl, renew

        /// One of a list of users takes longer: a place of its own for each kill.
        var isBulk: Bool { self == .bulk || self == .bulkWithPasswords }
        var users: Int { self == .bulk ? 300 : 60 }

        /// What is there before the first kill.
        func place() throws -> Place {
            let place = try Place(.open)
            try place.run(["issue-server", "mx.example.org"])
            switch self {
            case .crl:
                try place.run(["issue-client", "gone@example.org", "--format", "pem", "--out", place.out])
                try place.run(["revoke", "gone@example.org"])
            case .bulk, .bulkWithPasswords:
                try place.write((0..<users).map { "user\($0)@example.org,User \($0)\n" }.joined(), to: "users.csv")
            default: break
            }
            return place
        }

        /// The command of one round, with what it needs made.
        func arguments(round: Int, in place: Place) throws -> [String] {
            let user = ["issue-client", "user\(round)@example.org", "--format", "pem", "--out", place.out]
            switch self {
            case .issueClient: return user
            case .bulk, .bulkWithPasswords:
                return ["issue-client", "--from", place.file("users.csv"), "--out", place.out]
                    + (self == .bulk ? ["--format", "pem"] : [])
            case .revoke:
                try place.run(user)
                return ["revoke", "user\(round)@example.org"]
            case .crl: return ["crl"]
            case .renew: return ["renew", "mx.example.org"]
            }
        }
    }

    /// The same series of numbers from the same seed.
    private struct Series: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private static let environment = ProcessInfo.processInfo.environment
    private static let kills = environment["MAILCA_SOAK"] == "1" ? 500 : 20
    private static let seed = environment["MAILCA_SEED"].flatMap { UInt64($0) } ?? 17

    /// Starts a command and kills it after a while.
    /// - Returns: whether it was still running, and what it had said.
    private func kill(
        _ arguments: [String], after seconds: Double, in place: Place
    ) throws -> (isKilled: Bool, said: String) {
        let output = try TemporaryDirectory()
        let child = try Child(
            [Command.mailcaPath] + arguments + place.places, directory: place.path,
            streams: .files(input: nil, output: output.file("out"), errors: output.file("err")))
        usleep(UInt32(seconds * 1_000_000))
        child.signal(SIGKILL)
        let end = try child.wait()
        let errors = try output.read("err")
        #expect(end.status == 137 || end.status == 0, "\(arguments): \(end.status) \(errors)")
        return (end.status == 137, errors)
    }

    /// How long the command takes when nobody stops it.
    private func duration(_ scene: Scene) throws -> Double {
        let place = try scene.place()
        let arguments = try scene.arguments(round: 0, in: place)
        let start = ContinuousClock.now
        try place.run(arguments)
        return (ContinuousClock.now - start) / .seconds(1)
    }

    @Test(
        "The next command finds what is there, says so and goes on; ledger, files and list agree",
        arguments: Scene.allCases)
    func killed(_ scene: Scene) throws {
        var series = Series(state: Self.seed &+ UInt64(Scene.allCases.firstIndex(of: scene) ?? 0))
        let longest = try duration(scene) * 1.05
        let rounds = max(1, (Self.kills + Scene.allCases.count - 1) / Scene.allCases.count)
        var place = try scene.place()
        var killed = 0
        for round in 0..<rounds {
            if scene.isBulk && round > 0 { place = try scene.place() }
            let arguments = try scene.arguments(round: round, in: place)
            var story = "\(scene) round \(round), seed \(Self.seed)"
            for _ in 0..<(scene.isBulk ? Int.random(in: 1...2, using: &series) : 1) {
                let ledger = Ledger(home: place.home)
                let before = try ledger.abandoned()
                let seconds = Double.random(in: 0...longest, using: &series)
                let (wasKilled, said) = try kill(arguments, after: seconds, in: place)
                if wasKilled { killed += 1 }
                story += ", \(wasKilled ? "killed" : "done") after \(seconds) s"
                if Bool.random(using: &series) {
                    let status = try place.mailca(["status"])
                    story += ", then \(status.everything)"
                    #expect([0, 1, 2].contains(status.status) && status.stdout.hasPrefix("Status: "), "\(story)")
                    expectSaid(said + status.everything, givenUp: try ledger.abandoned() - before, story)
                } else if !scene.isBulk {
                    let again = try place.mailca(arguments)
                    story += ", then \(again.everything)"
                    expectGood(again, scene, round, place, story)
                    expectSaid(said + again.everything, givenUp: try ledger.abandoned() - before, story)
                }
            }
            let again = try place.mailca(arguments)
            story += ", at last \(again.everything)"
            expectGood(again, scene, round, place, story)
            try Aftermath(place).expectAgreement(story)
            try expectResult(scene, round, place, story)
        }
        #expect(killed > 0, "all were done before they were killed")
    }

    /// What a killed command had begun is told by the one that ends it, which may be the next that was killed.
    private func expectSaid(_ said: String, givenUp: Int, _ story: String) {
        #expect(
            givenUp == 0 || said.contains("a command was stopped"),
            "\(givenUp) given up, not said: \(story)")
    }

    private func expectGood(_ outcome: Command.Outcome, _ scene: Scene, _ round: Int, _ place: Place, _ story: String) {
        // A user's files that are there are not made again.
        let isThere =
            scene == .issueClient && outcome.status == 73
            && Tree(place.out).names.contains("user\(round)@example.org.key")
        #expect(outcome.status == 0 || isThere, "\(story)")
    }

    private func expectResult(_ scene: Scene, _ round: Int, _ place: Place, _ story: String) throws {
        switch scene {
        case .issueClient:
            let path = "\(place.out)/user\(round)@example.org"
            #expect(try CertificateFile.belongTogether(key: "\(path).key", certificate: "\(path).pem"), "\(story)")
        case .renew:
            #expect(
                try CertificateFile.belongTogether(
                    key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"), "\(story)")
        case .revoke:
            let live = try Ledger(home: place.home).liveOfUsers()
            #expect(live["user\(round)@example.org"] == nil, "\(story)")
        case .crl: break
        case .bulk, .bulkWithPasswords: try expectList(scene, place, story)
        }
        let verified = try place.verify()
        #expect(verified.status == 0, "\(story), then \(verified.everything)")
    }

    /// Each of a list has one valid certificate, and what belongs to it.
    private func expectList(_ scene: Scene, _ place: Place, _ story: String) throws {
        let users = (0..<scene.users).map { "user\($0)@example.org" }
        let live = try Ledger(home: place.home).liveOfUsers()
        let odd = users.filter { live[$0] != 1 }.map { "\($0): \(live[$0] ?? 0)" }
        #expect(odd == [], "not one valid certificate each: \(story)")
        #expect(live.count == users.count, "\(story)")
        let names = Set(Tree(place.out).names)
        if scene == .bulk {
            #expect(names == Set(users.flatMap { ["\($0).key", "\($0).pem"] }), "\(story)")
            for user in users {
                let path = "\(place.out)/\(user)"
                #expect(
                    try CertificateFile.looksLikePair(key: "\(path).key", certificate: "\(path).pem"),
                    "\(user): \(story)")
            }
            let first = "\(place.out)/\(users[0])"
            #expect(try CertificateFile.belongTogether(key: "\(first).key", certificate: "\(first).pem"), "\(story)")
            return
        }
        #expect(names == Set(users.map { "\($0).p12" } + ["passwords.csv"]), "\(story)")
        let lines = try String(contentsOfFile: "\(place.out)/passwords.csv", encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(lines.map { $0[0] }.sorted() == users.sorted(), "a password missing or twice: \(story)")
        for line in lines.enumerated().filter({ $0.offset % 7 == 0 }).map(\.element) {
            #expect(line.count == 4, "\(line): \(story)")
            #expect(throws: Never.self, "\(line): \(story)") {
                try CertificateFile.openssl([
                    "pkcs12", "-in", "\(place.out)/\(line[2])", "-nokeys", "-passin", "pass:\(line[3])",
                ])
            }
        }
    }
}
