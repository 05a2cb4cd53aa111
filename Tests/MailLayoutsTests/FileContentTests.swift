import Foundation
import MailCA
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Reading files")
struct FileContentTests {
    @Test(
        "All bytes of a file are read, whatever its size", arguments: [0, 1, 4_095, 4_096, 4_097, 1 << 20, 3_000_001])
    func reads(count: Int) throws {
        let scratch = try TemporaryDirectory()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Data(bytes).write(to: scratch.url.appending(path: "a"))
        #expect(try FileContent.read(scratch.place("a")) == bytes)
    }

    @Test("A link is read as what it leads to")
    func followsLinks() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("x", to: "a")
        symlink("a", scratch.file("l"))
        #expect(try FileContent.read(scratch.place("l")) == Array("x".utf8))
    }

    @Test("A file that is too large is refused before it is read")
    func tooLarge() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("", to: "a")
        #expect(truncate(scratch.file("a"), off_t(FileContent.largest) + 1) == 0)
        let error = try failure { try FileContent.read(scratch.place("a")) }
        #expect(error.code == .damaged)
        #expect(error.message == "\(scratch.place("a")) is too large")
    }

    @Test(
        "A directory is refused, and a pipe too, without waiting for somebody to write into it",
        .timeLimit(.minutes(20)))
    func noFile() throws {
        let scratch = try TemporaryDirectory()
        #expect(mkfifo(scratch.file("pipe"), 0o600) == 0)
        mkdir(scratch.file("folder"), 0o700)
        for name in ["pipe", "folder"] {
            let error = try failure { try FileContent.read(scratch.place(name)) }
            #expect(error.code == .damaged)
            #expect(error.message == "\(scratch.place(name)) is not a plain file")
            #expect(error.hint == "Give the path of a certificate, key or list.")
        }
        #expect(try failure { try FileContent.read("/dev/zero") }.code == .damaged)
    }

    @Test("A file that is not there is told with its path")
    func missing() throws {
        let scratch = try TemporaryDirectory()
        let error = try failure { try FileContent.read(scratch.place("a")) }
        #expect(error.code == .notFound)
        #expect(error.message == "could not read \(scratch.place("a")): No such file or directory")
        let names = try failure { try FileContent.names(in: scratch.place("b")) }
        #expect(names.code == .notFound)
        #expect(names.message == "could not read the directory \(scratch.place("b")): No such file or directory")
    }

    @Test("Everything that comes from a descriptor is read")
    func descriptor() throws {
        var ends: [Int32] = [0, 0]
        // Not a pipe, which programs of other tests would keep open.
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let text = String(repeating: "passphrase\n", count: 5_000)
        let writing = ends[1]
        Thread.detachNewThread {
            FileHandle(fileDescriptor: writing, closeOnDealloc: true).write(Data(text.utf8))
        }
        defer { close(ends[0]) }
        #expect(try FileContent.read(descriptor: ends[0], name: "descriptor 3") == Array(text.utf8))
        let error = try failure { try FileContent.read(descriptor: -1, name: "descriptor 9") }
        #expect(error.message == "could not read descriptor 9: Bad file descriptor")
    }

    @Test("The names of a directory are sorted, hidden ones among them")
    func names() throws {
        let scratch = try TemporaryDirectory()
        #expect(try FileContent.names(in: scratch.place()) == [])
        for name in ["b", "a", ".hidden", "日本", "B"] { try scratch.write("", to: name) }
        #expect(try FileContent.names(in: scratch.place()) == [".hidden", "B", "a", "b", "日本"])
    }

    @Test("A link tells its target, also where that is not there; a file and a missing name have none")
    func linkTarget() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("", to: "a")
        symlink("../nowhere/日", scratch.file("l"))
        #expect(FileContent.linkTarget(scratch.place("l")) == "../nowhere/日")
        #expect(FileContent.linkTarget(scratch.place("a")) == nil)
        #expect(FileContent.linkTarget(scratch.place("b")) == nil)
        #expect(try FileContent.exists(scratch.place("l")))
        #expect(try !FileContent.exists(scratch.place("b")))
    }

    @Test(
        "A path is made absolute without dots",
        arguments: [
            ("/etc/mail/certs", "/etc/mail/certs"), ("/etc//mail/./certs/", "/etc/mail/certs"),
            ("/etc/mail/x/../certs", "/etc/mail/certs"), ("/", "/"),
        ])
    func absolute(path: String, expected: String) { #expect(FileContent.absolute(FilePath(path)).string == expected) }

    @Test("A relative path begins where one is")
    func relative() {
        let here = FileManager.default.currentDirectoryPath
        #expect(FileContent.absolute("certs").string == "\(here)/certs")
        #expect(FileContent.absolute(".").string == here)
        #expect(FileContent.absolute("").string == here)
    }
}
