import Foundation
import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("After a kill")
struct FileTransactionRecoveryTests {
    /// A directory as a kill leaves it between record and renames: two new files beside the old ones.
    private struct Leftover {
        let scratch: TemporaryDirectory
        let steps: [CommitRecord.Step] = [
            .place(temporary: ".mailca-11", name: "privkey.pem"), .place(temporary: ".mailca-22", name: "cert.pem"),
            .remove(name: "0123abcd.0"),
        ]

        init() throws {
            scratch = try TemporaryDirectory()
            for (name, text) in [
                ("privkey.pem", "old key"), ("cert.pem", "old certificate"), (".mailca-11", "new key"),
                (".mailca-22", "new certificate"),
            ] { try scratch.write(text, to: name) }
            symlink("cert.pem", scratch.file("0123abcd.0"))
        }

        func record(_ bytes: [UInt8]) throws {
            try Data(bytes).write(to: scratch.url.appending(path: CommitRecord.name))
        }

        var names: [String] { get throws { try FileContent.names(in: scratch.place()) } }
        var texts: [String] { get throws { try ["privkey.pem", "cert.pem"].map { try scratch.read($0) } } }
    }

    @Test("Without a record the next transaction goes back: what was begun is removed, what was there stays")
    func backward() throws {
        let leftover = try Leftover()
        let transaction = try FileTransaction(directory: leftover.scratch.place())
        #expect(try leftover.names == ["0123abcd.0", "cert.pem", "privkey.pem"])
        #expect(try leftover.texts == ["old key", "old certificate"])
        withExtendedLifetime(transaction) {}
    }

    @Test("With a record the next transaction goes forward: everything is put in place")
    func forward() throws {
        let leftover = try Leftover()
        try leftover.record(CommitRecord(steps: leftover.steps).encoded)
        let transaction = try FileTransaction(directory: leftover.scratch.place())
        #expect(try leftover.names == ["cert.pem", "privkey.pem"])
        #expect(try leftover.texts == ["new key", "new certificate"])
        withExtendedLifetime(transaction) {}
    }

    @Test("What was done before the kill is not done again", arguments: 1...3)
    func forwardFromTheMiddle(done: Int) throws {
        let leftover = try Leftover()
        try leftover.record(CommitRecord(steps: leftover.steps).encoded)
        for step in leftover.steps.prefix(done) {
            switch step {
            case .place(let temporary, let name):
                rename(leftover.scratch.file(temporary), leftover.scratch.file(name))
            case .remove(let name): unlink(leftover.scratch.file(name))
            }
        }
        try FileTransaction.recover(leftover.scratch.place())
        #expect(try leftover.names == ["cert.pem", "privkey.pem"])
        #expect(try leftover.texts == ["new key", "new certificate"])
    }

    @Test("Recovering by itself says which names were put in place, and a second time none")
    func recover() throws {
        let leftover = try Leftover()
        try leftover.record(CommitRecord(steps: leftover.steps).encoded)
        #expect(try FileTransaction.recover(leftover.scratch.place()) == ["privkey.pem", "cert.pem"])
        #expect(try FileTransaction.recover(leftover.scratch.place()) == [])
        let back = try Leftover()
        #expect(try FileTransaction.recover(back.scratch.place()) == [])
        #expect(try back.names == ["0123abcd.0", "cert.pem", "privkey.pem"])
    }

    @Test("There is nothing to recover where there is no directory, or nothing of ours in it")
    func nothingToRecover() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("x", to: ".mailcap")
        #expect(try FileTransaction.recover(scratch.place()) == [])
        #expect(try FileTransaction.recover(scratch.place("nowhere")) == [])
        #expect(try scratch.read(".mailcap") == "x")
    }

    @Test("A record that is cut off, anywhere, or was changed, is none: one goes back")
    func halfRecord() throws {
        let whole = CommitRecord(steps: try Leftover().steps).encoded
        for count in 0..<whole.count { #expect(CommitRecord(Array(whole.prefix(count))) == nil, "\(count) bytes") }
        for index in whole.indices {
            var changed = whole
            changed[index] ^= 1
            #expect(CommitRecord(changed) == nil, "byte \(index)")
        }
        #expect(CommitRecord(whole + whole) == nil)
        for bytes in [Array(whole.dropLast(5)), [], Array("place/.mailca-11/cert.pem\0".utf8)] {
            let leftover = try Leftover()
            try leftover.record(bytes)
            #expect(try FileTransaction.recover(leftover.scratch.place()) == [])
            #expect(try leftover.names == ["0123abcd.0", "cert.pem", "privkey.pem"])
            #expect(try leftover.texts == ["old key", "old certificate"])
        }
    }

    @Test("A record says the same when it is read again, whatever the names are")
    func record() throws {
        let steps: [CommitRecord.Step] = [
            .place(temporary: ".mailca-1", name: "a b\n\u{1}日"), .remove(name: "-rf"),
            .place(temporary: "x", name: "y"),
        ]
        let read = try #require(CommitRecord(CommitRecord(steps: steps).encoded))
        #expect(read.steps.map { "\($0)" } == steps.map { "\($0)" })
        #expect(CommitRecord(CommitRecord(steps: []).encoded)?.steps.isEmpty == true)
    }

    @Test("A process that is killed before the end leaves, after recovery, the directory as it was")
    func killedBefore() async throws {
        let scratch = try TemporaryDirectory()
        let path = scratch.place().string
        try scratch.write("old", to: "cert.pem")
        let before = try scratch.tree()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let transaction = try FileTransaction(directory: FilePath(path))
            try transaction.write("new", to: "cert.pem", mode: 0o644)
            try transaction.link("0123abcd.0", to: "cert.pem")
            _ = try transaction.reserve(bytes: 4_096)
            kill(getpid(), SIGKILL)
        }
        #expect(try FileContent.names(in: scratch.place()).filter(FileTransaction.isTemporary).count == 3)
        try FileTransaction.recover(scratch.place())
        #expect(try scratch.tree() == before)
        #expect(try scratch.read("cert.pem") == "old")
    }

    @Test("A process that is killed after it set the old file aside leaves no second name of it")
    func killedAfterKeeping() async throws {
        let scratch = try TemporaryDirectory()
        let path = scratch.place().string
        try scratch.write("old", to: "cert.pem")
        let before = try scratch.tree()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let transaction = try FileTransaction(directory: FilePath(path))
            try transaction.keep("cert.pem", as: "cert.pem.20270115T080000Z")
            try transaction.write("new", to: "cert.pem", mode: 0o644)
            kill(getpid(), SIGKILL)
        }
        try FileTransaction.recover(scratch.place())
        #expect(try scratch.tree() == before)
    }
}
