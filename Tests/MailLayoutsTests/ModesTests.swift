import Foundation
import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

/// The umask and the user are the whole process's: each test is one of its own.
@Suite("Modes and permissions of what is made")
struct ModesTests {
    @Test("Modes are exact whatever the umask is", arguments: [0o000, 0o022, 0o077, 0o777])
    func umaskDoesNotMatter(mask: Int) async throws {
        let scratch = try TemporaryDirectory()
        let path = scratch.place().string
        await #expect(processExitsWith: .success) { [path = path as String, mask = mask as Int] in
            umask(mode_t(mask))
            let items: [LayoutPlan.Item] = [
                .init("open", .text("x")), .init("secret", .secret(SecretBytes("x".utf8)), mode: 0o600),
                .init("odd", .text("x"), mode: 0o640), .init("link", .link("open")),
            ]
            try LayoutPlan(items: items).apply(under: FilePath("\(path)/mail/certs"))
            try LayoutPlan(items: items).apply(under: FilePath("\(path)/home"), directoryMode: 0o700)
            try Home(FilePath("\(path)/empty")).prepare()
        }
        #expect(try scratch.tree() == ["0700 .", "0700 empty/", "0700 home/", "0755 mail/"])
        #expect(try scratch.tree("mail") == ["0755 .", "0755 certs/"])
        let files = ["link link -> open", "0640 odd: text", "0644 open: text", "0600 secret: text"]
        #expect(try scratch.tree("mail/certs") == ["0755 ."] + files)
        #expect(try scratch.tree("home") == ["0700 ."] + files)
    }

    @Test("A key is 0600 from the first instant, also with an umask of 0")
    func firstInstant() async throws {
        let scratch = try TemporaryDirectory()
        let path = scratch.place().string
        await #expect(processExitsWith: .success) { [path = path as String] in
            umask(0)
            let transaction = try FileTransaction(directory: FilePath(path))
            let reservation = try transaction.reserve(bytes: 10)
            #expect(FileStatus(transaction.directory.appending(reservation.name))?.octal == "0600")
            try transaction.write(SecretBytes("x".utf8), to: "key", mode: 0o600)
            for name in try FileContent.names(in: transaction.directory) {
                #expect(FileStatus(transaction.directory.appending(name))?.octal == "0600")
            }
        }
    }

    @Test("A directory that one may not write to is told with its path and what to do, and nothing is left")
    func noPermission() async throws {
        let scratch = try TemporaryDirectory()
        chmod(scratch.path, 0o755)
        mkdir(scratch.file("certs"), 0o555)
        let path = scratch.place("certs").string
        let before = try scratch.tree("certs")
        await #expect(processExitsWith: .success) { [path = path as String] in
            try becomeOrdinary()
            let plan = LayoutPlan(items: [.init("a", .text("x"))])
            for directory in [path, "\(path)/below/below"] {
                let error = try failure { try plan.apply(under: FilePath(directory)) }
                #expect(error.code == .permissionDenied)
                #expect(error.message.contains(path))
                #expect(error.message.hasSuffix("Permission denied"))
                #expect(error.hint == "Run the command as a user who may, or choose another directory.")
            }
            #expect(
                try failure { _ = try FileTransaction(directory: FilePath(path)).reserve(bytes: 1) }.code
                    == .permissionDenied)
        }
        #expect(try scratch.tree("certs") == before)
    }

    @Test("A file that one may not read is told with its path")
    func unreadable() async throws {
        let scratch = try TemporaryDirectory()
        chmod(scratch.path, 0o755)
        try scratch.write("x", to: "key")
        chmod(scratch.file("key"), 0)
        mkdir(scratch.file("closed"), 0)
        let path = scratch.place().string
        await #expect(processExitsWith: .success) { [path = path as String] in
            try becomeOrdinary()
            let file = try failure { try FileContent.read(FilePath("\(path)/key")) }
            #expect(file.code == .permissionDenied)
            #expect(file.message == "could not read \(path)/key: Permission denied")
            let directory = try failure { try FileContent.names(in: FilePath("\(path)/closed")) }
            #expect(directory.code == .permissionDenied)
            #expect(directory.message == "could not read the directory \(path)/closed: Permission denied")
        }
        chmod(scratch.file("closed"), 0o700)
    }

    @Test("A file that cannot grow leaves nothing, neither itself nor the directory made for it")
    func cannotGrow() async throws {
        let scratch = try TemporaryDirectory()
        let path = scratch.place().string
        await #expect(processExitsWith: .success) { [path = path as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1_024, rlim_max: 1_024)
            #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)
            let plan = LayoutPlan(items: [
                .init("a", .text("x")), .init("b", .text(String(repeating: "x", count: 5_000))),
            ])
            let error = try failure { try plan.apply(under: FilePath("\(path)/certs")) }
            #expect(error.code == .inputOutput)
            #expect(error.message == "could not write \(path)/certs/b: File too large")
            #expect(try !FileContent.exists(FilePath("\(path)/certs")))
        }
    }
}

/// Gives root's rights up, where one has them.
private func becomeOrdinary() throws {
    guard geteuid() == 0 else { return }
    guard setgroups(0, nil) == 0, setgid(65_534) == 0, setuid(65_534) == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
    }
}
