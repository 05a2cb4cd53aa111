import Foundation
import MailCA
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Who may do what with a file")
struct AccessListTests {
    private let none: UInt32 = 0xffff_ffff

    /// A file of this mode, owner and group as the system would tell of it, with an access list.
    private func access(_ mode: mode_t, _ entries: [(UInt16, UInt16, UInt32)]? = nil) throws -> AccessList {
        let scratch = try TemporaryDirectory()
        try scratch.write("x", to: "file")
        chmod(scratch.file("file"), mode)
        let status = try #require(FileStatus(FilePath(scratch.file("file"))))
        return AccessList(status, entries.map(encoded))
    }

    private func encoded(_ entries: [(UInt16, UInt16, UInt32)]) -> [UInt8] {
        func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            (0..<MemoryLayout<Number>.size).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        return bytes(UInt32(2)) + entries.flatMap { bytes($0.0) + bytes($0.1) + bytes($0.2) }
    }

    private func user(_ id: UInt32, groups: Set<UInt32> = []) -> SystemUser {
        SystemUser(name: "somebody", id: id, groups: groups)
    }

    @Test("Without a list the mode says all")
    func mode() throws {
        let file = try access(0o640)
        let group = try #require(file.others(who: .read).first).party
        guard case .group(let own) = group else {
            Issue.record("\(group)")
            return
        }
        #expect(file.others(who: .read).map(\.party) == [.group(own)])
        #expect(file.others(who: .write) == [])
        #expect(file.lets(user(4_242, groups: [own]), .read))
        #expect(!file.lets(user(4_242, groups: [own]), .write))
        #expect(!file.lets(user(4_242, groups: [own == 7 ? 8 : 7]), .read))
        #expect(try access(0o604).others(who: .read).map(\.party) == [.everybody])
    }

    @Test("A group that may not is not let in by what everybody may")
    func groupFirst() throws {
        let file = try access(0o604)
        #expect(!file.lets(user(4_242, groups: [getegid()]), .read))
        #expect(file.lets(user(4_242), .read))
    }

    @Test("A list names users and groups, within its mask")
    func named() throws {
        let entries: [(UInt16, UInt16, UInt32)] = [
            (1, 6, none), (2, 4, 1_000), (2, 6, 1_001), (4, 0, none), (8, 4, 2_000), (16, 4, none), (32, 0, none),
        ]
        let file = try access(0o640, entries)
        #expect(file.others(who: .read).map(\.party) == [.user(1_000), .user(1_001), .group(2_000)])
        #expect(file.others(who: .read).map(\.isNamed) == [true, true, true])
        // The mask takes it away.
        #expect(file.others(who: .write) == [])
        #expect(file.lets(user(1_000), .read) && !file.lets(user(1_001), .write))
        #expect(file.lets(user(4_242, groups: [2_000]), .read) && !file.lets(user(4_242), .read))
    }

    @Test("Root may do anything, and what is no list counts as none")
    func rest() throws {
        #expect(try access(0o000).lets(user(0), .write))
        let scratch = try TemporaryDirectory()
        try scratch.write("x", to: "file")
        chmod(scratch.file("file"), 0o604)
        let status = try #require(FileStatus(FilePath(scratch.file("file"))))
        for attribute: [UInt8] in [[], [2], [3, 0, 0, 0], [2, 0, 0, 0, 1], [2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7]] {
            #expect(AccessList(status, attribute).others(who: .read).map(\.party) == [.everybody], "\(attribute)")
        }
        #expect(AccessList(FilePath(scratch.file("none"))) == nil)
    }

    @Test("A user of this machine is found with the groups, and one that is not there is not")
    func users() throws {
        let root = try #require(SystemUser(named: "root"))
        #expect(root.id == 0 && root.groups.contains(0))
        #expect(SystemUser(named: "no-such-user-here") == nil)
        #expect(SystemUser.name(ofUser: 0) == "root" && SystemUser.name(ofGroup: 0) == "root")
        #expect(
            SystemUser.name(ofUser: 4_242_424) == "user 4242424" && SystemUser.name(ofGroup: 4_242_424) == "4242424")
    }
}
