import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("What the system says of a name")
struct FileStatusTests {
    @Test(
        "Permissions are written with four digits",
        arguments: [(0o600, "0600"), (0o4755, "4755"), (0, "0000"), (0o7, "0007")])
    func octal(mode: Int, text: String) throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("", to: "a")
        #expect(chmod(scratch.file("a"), mode_t(mode)) == 0)
        #expect(try #require(FileStatus(scratch.place("a"))).octal == text)
    }

    @Test("A link is itself, or what it leads to when one follows it")
    func following() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("", to: "a")
        chmod(scratch.file("a"), 0o640)
        symlink("a", scratch.file("l"))
        symlink("gone", scratch.file("broken"))
        let link = try #require(FileStatus(scratch.place("l")))
        #expect(link.isLink && !link.isRegular && !link.isDirectory)
        let file = try #require(FileStatus(scratch.place("l"), following: true))
        #expect(file.isRegular && !file.isLink && file.octal == "0640")
        #expect(file.owner == geteuid())
        #expect(FileStatus(scratch.place("broken")) != nil)
        #expect(FileStatus(scratch.place("broken"), following: true) == nil)
        #expect(FileStatus(scratch.place("nothing")) == nil)
        #expect(try #require(FileStatus(scratch.place())).isDirectory)
    }

    @Test("Only a file of just that mode is as planned, not a link to one")
    func plainFile() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("", to: "a")
        chmod(scratch.file("a"), 0o644)
        symlink("a", scratch.file("l"))
        #expect(try #require(FileStatus(scratch.place("a"))).isPlainFile(0o644))
        #expect(try !#require(FileStatus(scratch.place("a"))).isPlainFile(0o600))
        #expect(try !#require(FileStatus(scratch.place("l"))).isPlainFile(0o644))
    }
}
