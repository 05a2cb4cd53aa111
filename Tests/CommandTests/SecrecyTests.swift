import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Secrets", .onThreads)
struct SecrecyTests {
    /// Everything that makes secrets, and the files it leaves that others may read.
    enum Scene: String, CaseIterable {
        case selfSigned, initCA, initOfflineRoot, issueServer, issueClient, issueClientPEM, refusedByPassphrase

        func place() throws -> Place {
            switch self {
            case .selfSigned, .initCA, .initOfflineRoot: try Place()
            default: try Place(.locked)
            }
        }

        func arguments(in place: Place) -> [String] {
            let passphrase = ["--passphrase-file", place.passphraseFile]
            let user = ["issue-client", "taro@example.org", "--out", place.out]
            return switch self {
            case .selfSigned: ["self-signed", "mx.example.org"]
            case .initCA: ["init-ca", "--domain", "example.org"] + passphrase
            case .initOfflineRoot:
                ["init-ca", "--domain", "example.org", "--offline-root", "--root-key", place.file("users/root.key")]
                    + passphrase
            case .issueServer: ["issue-server", "mx.example.org"] + passphrase
            case .issueClient: user + passphrase + ["--password-file", place.passwordFile]
            case .issueClientPEM: user + passphrase + ["--format", "pem"]
            case .refusedByPassphrase: user + ["--passphrase-file", place.passwordFile]
            }
        }
    }

    /// Whether a file of that name is for everybody.
    private func isPublic(_ name: String) -> Bool {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        return last.hasSuffix(".pem") && !last.hasPrefix("privkey") || last == "sendmail.access"
    }

    @Test(
        "No file with a secret in it is open to others at any instant, under any umask", arguments: Scene.allCases,
        ["000", "077"])
    func modes(_ scene: Scene, _ umask: String) throws {
        let place = try scene.place()
        let calls =
            "openat,open,creat,mkdir,mkdirat,chmod,fchmod,fchmodat,rename,renameat,renameat2,linkat,umask,close,execve"
        let (outcome, lines) = try Trace.run(
            scene.arguments(in: place), options: ["-e", "trace=\(calls)", "-s", "300"], in: place, umask: umask)
        #expect((outcome.status == 0) != (scene == .refusedByPassphrase), "\(outcome.everything)")

        var openFiles: [Int: String] = [:]
        var widened: Set<String> = []
        var created = 0
        for call in lines.compactMap(Trace.Call.init) where (call.result ?? -1) >= 0 {
            let mode = call.arguments.split(separator: " ").last.flatMap { mode_t($0, radix: 8) }
            switch call.name {
            case "openat", "open", "creat":
                guard let name = call.texts.first, let descriptor = call.result else { continue }
                openFiles[descriptor] = name
                // SQLite asks to make the ledger too, with another mode, when it is there already.
                guard call.arguments.contains("O_CREAT"),
                    !(name.hasSuffix("ledger.sqlite") && !call.arguments.contains("O_EXCL"))
                else { continue }
                created += 1
                #expect(mode == 0o600, "\(call.name) \(call.arguments)")
            case "close": continue
            case "fchmod":
                let descriptor = Int(call.arguments.prefix { $0.isNumber }) ?? -1
                if let mode, mode & 0o077 != 0, let name = openFiles[descriptor] { widened.insert(name) }
            case "chmod", "fchmodat":
                // Of directories, where the certificates are public and the home is not.
                guard let name = call.texts.first, let mode else { continue }
                #expect(mode & 0o077 == 0 || name.hasSuffix("etc/certs"), "\(call.name) \(call.arguments)")
            case "mkdir", "mkdirat": #expect(mode == 0o700, "\(call.name) \(call.arguments)")
            case "rename", "renameat", "renameat2":
                guard call.texts.count == 2, widened.contains(call.texts[0]) else { continue }
                #expect(isPublic(call.texts[1]), "opened to others: \(call.texts[1])")
            default: continue
            }
        }
        if scene != .refusedByPassphrase { #expect(created > 0, "the trace shows no file that was made") }
        #expect(
            lines.filter { $0.contains("execve(") }.count == 1,
            "it ran another program: \(lines.filter { $0.contains("execve(") })")

        for (name, node) in place.tree.nodes {
            guard case .file(let mode, _) = node, name.contains("/"), !isPublic(name) else { continue }
            #expect(mode & 0o077 == 0, "\(octal(mode)) \(name)")
        }
        for name in ["var/home", "var/home/ca", "users/out"] {
            if let mode = place.tree.mode(name) { #expect(mode == 0o700, "\(octal(mode)) \(name)") }
        }
    }

    @Test("Public files can be read by everybody, under any umask", arguments: ["000", "027", "077"])
    func publicFiles(_ umask: String) throws {
        let place = try Place()
        for arguments in [
            ["init-ca", "--domain", "example.org", "--no-passphrase"], ["issue-server", "mx.example.org"],
        ] {
            let outcome = try place.mailca(arguments, umask: umask)
            #expect(outcome.status == 0, "\(outcome.everything)")
        }
        let tree = Tree(place.certs)
        #expect(tree.mode("") == 0o755)
        for (name, node) in tree.nodes {
            guard case .file(let mode, _) = node else { continue }
            #expect(mode == (name == "privkey.pem" ? 0o600 : 0o644), "\(octal(mode)) \(name)")
        }
    }

    @Test(
        "Passphrase, password and keys are in nothing that is printed, JSON and errors included",
        arguments: Scene.allCases)
    func printed(_ scene: Scene) throws {
        for options in [[], ["--json"], ["--quiet"], ["--dry-run"]] {
            let place = try scene.place()
            let outcome = try place.mailca(scene.arguments(in: place) + options)
            let again = try place.mailca(scene.arguments(in: place) + options)
            let text = outcome.everything + again.everything
            for secret in [Place.passphrase, Place.password] + Place.passphrase.split(separator: " ").map(String.init)
            where secret.count > 2 {
                #expect(!text.contains(secret), "\(options): \(text)")
            }
            #expect(!text.contains("PRIVATE KEY"))
            for name in place.tree.names where name.hasSuffix(".key") || name.hasSuffix("privkey.pem") {
                let lines = String(decoding: place.tree.content(name) ?? Data(), as: UTF8.self).split(separator: "\n")
                    .filter { $0.count >= 32 && !$0.hasPrefix("-") }
                for line in lines { #expect(!text.contains(line)) }
            }
        }
    }

    @Test("The user's key, its password and the CA's passphrase are in no file but the user's")
    func notKept() throws {
        let place = try Place(.locked)
        try place.run([
            "issue-client", "taro@example.org", "--out", place.out, "--format", "pem", "--passphrase-file",
            place.passphraseFile,
        ])
        let shown = try place.json([
            "issue-client", "jiro@example.org", "--out", place.out, "--passphrase-file", place.passphraseFile,
        ])
        let password = try #require(shown["users"][0]["password"].string)
        let key = try CertificateFile.privateValue(ofKey: "\(place.out)/taro@example.org.key")
        try #require(key.count == 32)
        let tree = place.tree
        for name in tree.names where name != "passphrase" && name != "password" {
            let content = tree.content(name) ?? Data()
            #expect(content.range(of: Data(Place.passphrase.utf8)) == nil, "\(name)")
            #expect(content.range(of: Data(password.utf8)) == nil, "\(name)")
            #expect(content.range(of: Data(key)) == nil, "\(name)")
        }
        let file = try #require(tree.content("users/out/taro@example.org.key"))
        let der = try #require(try CertificateFile.blocks(String(decoding: file, as: UTF8.self)).first).der
        #expect(Data(der).range(of: Data(key)) != nil, "what was looked for is no key")
    }

    @Test("A process that holds a passphrase shows it neither in its arguments nor in its environment")
    func whileRunning() throws {
        let place = try Place()
        let (input, child) = try waiting(in: place, key: "rsa-4096")
        defer { close(input) }
        #expect(child.proc("cmdline").contains("--passphrase-fd"))
        _ = (Place.passphrase + "\n").withCString { write(input, $0, strlen($0)) }
        for _ in 0..<20 {
            #expect(!child.proc("cmdline").contains("korrekt") && !child.proc("environ").contains("korrekt"))
            usleep(2_000)
        }
    }

    @Test(
        "A process that dies of a signal leaves no core dump, with the passphrase in it or before", .timed,
        arguments: [SIGSEGV, SIGQUIT, SIGABRT], [false, true])
    func coreDump(_ signal: Int32, _ hasPassphrase: Bool) throws {
        let place = try Place()
        let (input, child) = try waiting(in: place, key: "rsa-4096")
        #expect(child.proc("limits").contains(#/Max core file size +0 +0\s/#), "\(child.proc("limits"))")
        if hasPassphrase {
            _ = (Place.passphrase + "\n").withCString { write(input, $0, strlen($0)) }
            close(input)
            usleep(20_000)
        }
        child.signal(signal)
        let end = try child.wait()
        if !hasPassphrase { close(input) }
        #expect(end.status == 128 + signal, "it was to die of the signal: \(end.status)")
        #expect(!end.leftCoreDump)
        #expect(place.tree.names.filter { $0.contains("core") } == [])
    }

    @Test("A process cannot be looked into by others of the same user: its files in /proc are root's")
    func notDumpable() throws {
        let place = try Place()
        let (input, child) = try waiting(in: place, key: "ec-p256")
        defer { close(input) }
        var status = stat()
        #expect(stat("/proc/\(child.pid)/mem", &status) == 0)
        #expect(status.st_uid == 0)
        // Told apart from root's own, which are root's anyhow, by a call that only a dumpable process allows its owner.
        let looked = try Command.run(
            "setpriv",
            (geteuid() == 0 ? ["--bounding-set=-all", "--inh-caps=-all"] : []) + ["cat", "/proc/\(child.pid)/environ"],
            package: "util-linux")
        #expect(looked.status != 0 && looked.stdout == "", "\(looked.everything)")
    }

    /// A command that waits for its passphrase on descriptor 0, in a shell that allows core dumps of any size.
    private func waiting(in place: Place, key: String) throws -> (input: Int32, child: Child) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Child.Failed(description: "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let child = try Child(
            [
                "sh", "-c", "ulimit -c unlimited 2>/dev/null || ulimit -c $(ulimit -H -c); exec \"$@\"", "sh",
                Command.mailcaPath,
            ]
                + ["init-ca", "--domain", "example.org", "--key", key, "--passphrase-fd", "0"] + place.places,
            directory: place.path, streams: .files(input: ends[0], output: "/dev/null", errors: "/dev/null"))
        try Child.until("mailca waits for the passphrase") {
            child.proc("comm") == "mailca\n" && child.proc("limits").contains(#/Max core file size +0 +0\s/#)
                && child.proc("stat").contains(") S ")
        }
        return (ends[1], child)
    }
}
