import Foundation
import TestSupport
import Testing

/// A command that is killed, or failed by the kernel, at each of the steps by which it changes what is on the disk.
///
/// A sample of the steps is tried; with MAILCA_SOAK=1 in the environment it is all of them.
@Suite("Commands that are stopped on the way", .onThreads)
struct InterruptionTests {
    /// A command and the place that it begins in.
    enum Scene: String, CaseIterable {
        case selfSigned, selfSignedForce, initCA, initOfflineRoot, issueServer, issueServerForce, issueClient,
            issueClientPEM, issueList, revoke, crl, renewServer, rekeyServer, stage, swap, deploy, sign

        func place() throws -> Place {
            let place: Place =
                switch self {
                case .selfSigned, .selfSignedForce, .initCA, .initOfflineRoot: try Place()
                default: try Place(.open)
                }
            if self == .selfSignedForce { try place.run(["self-signed", "mx.example.org"]) }
            switch self {
            case .selfSigned, .selfSignedForce, .initCA, .initOfflineRoot, .issueServer: break
            default:
                try place.run(["issue-server", "mx.example.org"])
            }
            if self == .revoke {
                try place.run([
                    "issue-client", "taro@example.org", "--out", place.out, "--password-file", place.passwordFile,
                ])
            }
            switch self {
            case .issueList:
                try place.write(Self.list.map { "\($0),\n" }.joined(), to: "users.csv")
                try FileManager.default.createDirectory(
                    atPath: place.out, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            case .crl:
                try place.run(["issue-client", "taro@example.org", "--format", "pem", "--out", place.out])
                try place.run(["revoke", "taro@example.org"])
            case .swap: try place.run(["rekey", "mx.example.org", "--staged"])
            case .sign:
                try CertificateFile.openssl([
                    "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=hanako", "-keyout", place.file("users/request.key"), "-out",
                    place.file("users/request.csr"),
                ])
            default: break
            }
            return place
        }

        static let list = (0..<4).map { "user\($0)@example.org" }

        func arguments(in place: Place) -> [String] {
            let user = ["issue-client", "taro@example.org", "--out", place.out]
            return switch self {
            case .selfSigned: ["self-signed", "mx.example.org"]
            case .selfSignedForce: ["self-signed", "mx.example.org", "--force"]
            case .initCA: ["init-ca", "--domain", "example.org", "--no-passphrase"]
            case .initOfflineRoot:
                [
                    "init-ca", "--domain", "example.org", "--no-passphrase", "--offline-root", "--root-key",
                    place.file("users/root.key"),
                ]
            case .issueServer: ["issue-server", "mx.example.org"]
            case .issueServerForce: ["issue-server", "mx.example.org", "--force"]
            case .issueClient: user + ["--password-file", place.passwordFile]
            case .issueClientPEM: user + ["--format", "pem"]
            case .issueList: ["issue-client", "--from", place.file("users.csv"), "--format", "pem", "--out", place.out]
            case .revoke: ["revoke", "taro@example.org"]
            case .crl: ["crl"]
            case .renewServer: ["renew", "mx.example.org"]
            case .rekeyServer: ["rekey", "mx.example.org"]
            case .deploy: ["deploy", "exim", "opensmtpd"]
            case .stage: ["rekey", "mx.example.org", "--staged"]
            case .swap: ["rekey", "mx.example.org", "--swap", "--now"]
            case .sign:
                [
                    "sign", place.file("users/request.csr"), "--profile", "client", "--as", "hanako@example.org",
                    "--out", place.out,
                ]
            }
        }
    }

    private static let isSoak = ProcessInfo.processInfo.environment["MAILCA_SOAK"] == "1"

    /// The steps to try: all that put a name in place or bring one to the disk are worth more than the ledger's pages.
    private func steps(_ scene: Scene, most: Int) throws -> [Trace.Step] {
        let place = try scene.place()
        let all = try Trace.steps(scene.arguments(in: place), in: place)
        try #require(all.count > 10, "the trace of \(scene) has next to nothing in it: \(all)")
        if Self.isSoak { return all }
        let worthMore = all.filter { $0.name != "pwrite64" && $0.name != "chmod" && $0.name != "ftruncate" }
        let stride = max(1, worthMore.count / most)
        // A directory is brought to the disk when the names in it have changed: what fails then was done already.
        let afterNames = zip(all, all.dropFirst()).filter { $1.name == "fsync" && $0.name.hasSuffix("at") }.map(\.1)
        let sample = worthMore.indices.filter { $0 % stride == stride / 2 }.map { worthMore[$0] }
        return sample + afterNames.filter { !sample.contains($0) }
    }

    @Test(
        "Killed at any step: nothing is half written or unknown to the ledger, and the next command ends or undoes it",
        arguments: Scene.allCases)
    func killed(_ scene: Scene) throws {
        for step in try steps(scene, most: 5) {
            let place = try scene.place()
            let old = place.tree
            let arguments = scene.arguments(in: place)
            let killed = try Trace.kill(at: step, arguments, in: place)
            #expect(killed.status == 137, "not killed at \(step): \(killed.everything)")
            try Aftermath(place).expectWhole(settled: false)
            for (name, node) in old.nodes where name.hasSuffix(".key") || name.hasSuffix("root.pem") {
                #expect(place.tree.nodes[name] == node, "\(name) was touched at \(step)")
            }
            // What looks at it says what is to be done, or finds nothing wrong.
            let verified = try place.verify()
            #expect([0, 1, 65, 66].contains(verified.status), "at \(step): \(verified.everything)")
            expectKeys(of: old, in: place, "killed at \(step)")
            let again = try runAgain(arguments, in: place)
            #expect(isGood(again, scene), "at \(step): \(again.everything)")
            expectKeys(of: old, in: place, "killed at \(step), then \(again.everything)")
            #expect(Aftermath(place).unfinished == [], "after the next command, killed at \(step): \(again.everything)")
            try expectOrder(scene, place, "killed at \(step), then \(again.everything)")
        }
    }

    @Test(
        "Killed while key and certificate are replaced, a mail server that starts finds two that belong together",
        arguments: [Scene.selfSignedForce, .issueServerForce, .rekeyServer, .swap])
    func pair(_ scene: Scene) throws {
        let first = try scene.place()
        let names: Set =
            Self.isSoak ? ["renameat", "symlinkat", "linkat", "unlinkat", "fsync"] : ["renameat", "symlinkat"]
        let steps = try Trace.steps(scene.arguments(in: first), in: first).filter { names.contains($0.name) }
        try #require(steps.count > 6, "\(steps)")
        for step in steps {
            let place = try scene.place()
            let killed = try Trace.kill(at: step, scene.arguments(in: place), in: place)
            #expect(killed.status == 137, "not killed at \(step): \(killed.everything)")
            // Nobody has put anything in order yet.
            #expect(
                try CertificateFile.belongTogether(
                    key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"), "at \(step)")
            let seen = try place.verify()
            #expect([0, 1].contains(seen.status), "at \(step): \(seen.everything)")
            try #require(try runAgain(scene.arguments(in: place), in: place).status == 0, "at \(step)")
            #expect(Tree(place.certs).names.filter { $0.hasPrefix(".mailca") } == [], "at \(step)")
            #expect(
                try CertificateFile.belongTogether(
                    key: "\(place.certs)/privkey.pem", certificate: "\(place.certs)/cert.pem"), "at \(step)")
        }
    }

    @Test(
        "Failed by the disk at any step: it is said, nothing half done is left, and the next command goes well",
        arguments: Scene.allCases)
    func failed(_ scene: Scene) throws {
        let mayFail = [
            "write", "pwrite64", "fsync", "fdatasync", "renameat", "linkat", "symlinkat", "mkdir", "fchmod",
            "ftruncate",
        ]
        for (number, step) in try steps(scene, most: 5).enumerated() where mayFail.contains(step.name) {
            let error = number.isMultiple(of: 2) ? "ENOSPC" : "EIO"
            let place = try scene.place()
            let old = place.tree
            let arguments = scene.arguments(in: place)
            let outcome = try Trace.fail(error, at: step, arguments, in: place)
            if outcome.status != 0 {
                #expect([65, 66, 70, 74].contains(outcome.status), "at \(step): \(outcome.everything)")
                #expect(outcome.stderr.hasPrefix("mailca: error: "), "at \(step): \(outcome.everything)")
                // When a record was printed first is entered after it was printed.
                #expect(outcome.stdout == "" || (scene == .stage && isFinished(scene, place)), "at \(step)")
                let changes = place.tree.changes(since: old).filter { !$0.contains("ledger.sqlite") }
                // From the first name that is in place on, the way is forward, and the record of it stands.
                let isForward = step.name == "renameat" && changes.contains { $0.hasSuffix("/.mailca-commit") }
                // The batch of a list is kept until the next run has asked the ledger whether it was issued.
                let isBatch = scene == .issueList && changes.contains { $0.contains("/.mailca-batch-") }
                #expect(
                    changes == [] || isForward || isBatch || isFinished(scene, place),
                    "at \(step): \(changes), after \(outcome.everything)")
            }
            try Aftermath(place).expectWhole(settled: false)
            let again = try runAgain(arguments, in: place)
            #expect(
                isGood(again, scene),
                "after \(error) at \(step): \(outcome.everything) \(again.everything)")
            #expect(
                Aftermath(place).unfinished == [],
                "after \(error) at \(step): \(outcome.everything) \(again.everything)")
            try expectOrder(scene, place, "\(error) at \(step): \(outcome.everything), then \(again.everything)")
        }
    }

    /// The same command once more. A root's key that was put aside before there was a CA has to be taken away by whoever
    /// put it there: a key is never overwritten.
    private func runAgain(_ arguments: [String], in place: Place) throws -> Command.Outcome {
        let again = try place.mailca(arguments)
        guard again.status == 73, again.stderr.contains("/users/root.key"),
            !Tree(place.home).names.contains("ca/issuing.key")
        else { return again }
        try FileManager.default.removeItem(atPath: place.file("users/root.key"))
        return try place.mailca(arguments)
    }

    /// Whether the command was carried out now, or had been before.
    private func isGood(_ again: Command.Outcome, _ scene: Scene) -> Bool {
        again.status == 0 || again.status == 73 || (scene == .swap && again.status == 66)
    }

    /// No server's key was lost that was there before.
    private func expectKeys(of old: Tree, in place: Place, _ story: String) {
        let now = place.tree
        let contents = Set(now.names.compactMap { now.content($0) })
        for name in old.names where name.hasPrefix("etc/certs/privkey.") {
            #expect(old.content(name).map { contents.contains($0) } == true, "\(name) is lost, \(story)")
        }
    }

    /// Whether all files of the command are in place.
    private func isFinished(_ scene: Scene, _ place: Place) -> Bool {
        let names = place.tree.names
        return switch scene {
        case .selfSigned, .selfSignedForce, .issueServer, .issueServerForce, .renewServer, .rekeyServer:
            names.contains("etc/certs/cert.pem") && names.contains("etc/certs/privkey.pem")
        case .initCA: names.contains("var/home/ca/root.key") && names.contains("var/home/ca/root.pem")
        case .initOfflineRoot: names.contains("var/home/ca/issuing.key") && names.contains("users/root.key")
        case .stage: names.contains("etc/certs/cert.next.pem") && names.contains("etc/certs/privkey.next.pem")
        case .swap: !names.contains { $0.hasSuffix(".next.pem") }
        case .issueClient: names.contains("users/out/taro@example.org.p12")
        case .issueClientPEM:
            names.contains("users/out/taro@example.org.key") && names.contains("users/out/taro@example.org.pem")
        case .issueList:
            Scene.list.allSatisfy { names.contains("users/out/\($0).key") && names.contains("users/out/\($0).pem") }
        case .deploy: names.contains("etc/certs/exim.clients")
        case .sign: names.contains("users/out/hanako@example.org.pem")
        case .revoke, .crl: true
        }
    }

    /// Everything works as if nothing had happened.
    private func expectOrder(_ scene: Scene, _ place: Place, _ story: String) throws {
        #expect(isFinished(scene, place), "\(story)")
        if scene == .initCA || scene == .initOfflineRoot {
            let profile = scene == .initCA ? "root" : "issuing"
            let (key, certificate) = ("\(place.home)/ca/\(profile).key", "\(place.home)/ca/\(profile).pem")
            guard isFinished(scene, place) else { return }
            #expect(try CertificateFile.belongTogether(key: key, certificate: certificate), "\(story)")
            let outcome = try place.mailca(["issue-server", "mx.example.org"])
            #expect(outcome.status == 0, "\(story), then \(outcome.everything)")
        }
        if scene == .issueList {
            let live = try Ledger(home: place.home).liveOfUsers()
            #expect(live == Dictionary(uniqueKeysWithValues: Scene.list.map { ($0, 1) }), "\(story)")
            for user in Scene.list {
                let path = "\(place.out)/\(user)"
                #expect(try CertificateFile.belongTogether(key: "\(path).key", certificate: "\(path).pem"), "\(story)")
            }
        }
        if scene == .stage {
            let (key, certificate) = ("\(place.certs)/privkey.next.pem", "\(place.certs)/cert.next.pem")
            #expect(try CertificateFile.belongTogether(key: key, certificate: certificate), "\(story)")
            let outcome = try place.mailca(["rekey", "mx.example.org", "--swap", "--now"])
            #expect(outcome.status == 0, "\(story), then \(outcome.everything)")
        }
        if scene == .swap { #expect(try place.run(["maintain"]).stderr == "", "\(story)") }
        if scene == .revoke || scene == .crl { try Aftermath(place).expectAgreement(story) }
        try Aftermath(place).expectWhole()
        try Aftermath(place).expectTidy()
        #expect(try place.errors(eximReads: false) == [], "\(story)")
    }
}
