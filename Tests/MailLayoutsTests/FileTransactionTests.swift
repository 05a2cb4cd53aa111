import Foundation
import MailCA
import OpenSSLKit
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Changing several files as one")
struct FileTransactionTests {
    @Test("Nothing is seen under its name before the end, and then everything with its mode")
    func commit() throws {
        let scratch = try TemporaryDirectory()
        let transaction = try FileTransaction(directory: scratch.place())
        try transaction.write("one", to: "a", mode: 0o640)
        try transaction.write(SecretBytes("two".utf8), to: "b", mode: 0o600)
        try transaction.link("l", to: "a")
        #expect(try FileContent.names(in: scratch.place()).allSatisfy(FileTransaction.isTemporary))
        try transaction.commit()
        #expect(try scratch.tree() == ["0700 .", "0640 a: text", "0600 b: text", "link l -> a"])
        #expect(try scratch.read("a") == "one")
        #expect(try scratch.read("b") == "two")
    }

    @Test("What is begun and given up leaves the directory as it was")
    func leavesNothing() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("old", to: "a")
        let before = try scratch.tree()
        do {
            let transaction = try FileTransaction(directory: scratch.place())
            try transaction.write("new", to: "a", mode: 0o644)
            try transaction.link("l", to: "a")
            try transaction.keep("a", as: "a.old")
            transaction.remove("a")
            _ = try transaction.reserve(bytes: 4_096)
        }
        #expect(try scratch.tree() == before)
        #expect(try scratch.read("a") == "old")
    }

    @Test("A removed name goes at the end, and there need be none")
    func remove() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("old", to: "a")
        let transaction = try FileTransaction(directory: scratch.place())
        transaction.remove("a")
        transaction.remove("never")
        #expect(try FileContent.exists(scratch.place("a")))
        try transaction.commit()
        #expect(try scratch.tree() == ["0700 ."])
    }

    @Test("A directory that has to be made has its mode, and those above it are open to all")
    func makesDirectory() throws {
        let scratch = try TemporaryDirectory()
        let transaction = try FileTransaction(directory: scratch.place("one/two/three"), mode: 0o750)
        try transaction.write("x", to: "a", mode: 0o644)
        try transaction.commit()
        #expect(try scratch.tree() == ["0700 .", "0755 one/"])
        #expect(try scratch.tree("one") == ["0755 .", "0755 two/"])
        #expect(try scratch.tree("one/two") == ["0755 .", "0750 three/"])
        #expect(try scratch.tree("one/two/three") == ["0750 .", "0644 a: text"])
    }

    @Test("A directory that is there keeps its mode")
    func keepsDirectoryMode() throws {
        let scratch = try TemporaryDirectory()
        let transaction = try FileTransaction(directory: scratch.place(), mode: 0o755)
        try transaction.write("x", to: "a", mode: 0o644)
        try transaction.commit()
        #expect(try scratch.tree().first == "0700 .")
    }

    @Test("A directory that was made for what was given up goes again, and so do those above it")
    func removesDirectories() throws {
        let scratch = try TemporaryDirectory()
        do {
            let transaction = try FileTransaction(directory: scratch.place("one"))
            try transaction.write("x", to: "a", mode: 0o644)
        }
        #expect(try scratch.tree() == ["0700 ."])
        do {
            let transaction = try FileTransaction(directory: scratch.place("one/two/three"))
            try transaction.write("x", to: "a", mode: 0o644)
        }
        #expect(try scratch.tree() == ["0700 ."])
    }

    @Test("A directory in the way of the only change leaves nothing behind")
    func directoryInTheWayOfOne() throws {
        let scratch = try TemporaryDirectory()
        mkdir(scratch.file("a"), 0o755)
        let error = try failure {
            let transaction = try FileTransaction(directory: scratch.place())
            try transaction.write("x", to: "a", mode: 0o644)
            try transaction.commit()
        }
        #expect(error.code == .alreadyExists)
        #expect(error.message.contains(scratch.place("a").string))
        #expect(try scratch.tree() == ["0700 .", "0755 a/"])
    }

    @Test("A directory in the way of the last of several changes undoes those before it")
    func directoryInTheWayOfSeveral() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("old", to: "a")
        mkdir(scratch.file("z"), 0o755)
        let before = try scratch.tree()
        _ = try failure {
            let transaction = try FileTransaction(directory: scratch.place())
            for name in ["a", "b", "z"] { try transaction.write("new", to: name, mode: 0o644) }
            try transaction.commit()
        }
        #expect(try scratch.tree() == before)
        #expect(try scratch.read("a") == "old")
    }

    @Test("A file where the directory should be is told, and left")
    func fileInTheWay() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("x", to: "certs")
        let error = try failure { try FileTransaction(directory: scratch.place("certs")) }
        #expect(error.code == .invalidParameters)
        #expect(error.message == "\(scratch.place("certs")) is not a directory")
        let below = try failure { try FileTransaction(directory: scratch.place("certs/below")) }
        #expect(below.code == .notFound)
        #expect(try scratch.read("certs") == "x")
    }

    // MARK: Space

    @Test("What is written into reserved space is as long as it is, with its mode")
    func reserve() throws {
        let scratch = try TemporaryDirectory()
        let transaction = try FileTransaction(directory: scratch.place())
        let reservation = try transaction.reserve(bytes: 100_000)
        let temporary = scratch.place(reservation.name)
        #expect(FileStatus(temporary)?.octal == "0600")
        #expect(try FileContent.read(temporary).count == 100_000)
        let text = Array("small".utf8)
        try text.withUnsafeBytes { try transaction.write($0, to: "bundle.p12", mode: 0o600, reserved: reservation) }
        try transaction.commit()
        #expect(try scratch.tree() == ["0700 .", "0600 bundle.p12: text"])
        #expect(try scratch.read("bundle.p12") == "small")
    }

    @Test("More can be written than was reserved, and what was reserved and not used goes")
    func reserveTooLittle() throws {
        let scratch = try TemporaryDirectory()
        let transaction = try FileTransaction(directory: scratch.place())
        let reservation = try transaction.reserve(bytes: 10)
        _ = try transaction.reserve(bytes: 10)
        let bytes = [UInt8](repeating: 65, count: 5_000)
        try bytes.withUnsafeBytes { try transaction.write($0, to: "a", mode: 0o644, reserved: reservation) }
        try transaction.commit()
        #expect(try FileContent.names(in: scratch.place()) == ["a"])
        #expect(try FileContent.read(scratch.place("a")) == bytes)
    }

    @Test("One that is given up leaves nothing, also where the directory was not there")
    func givenUp() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("x", to: "a")
        let before = try scratch.tree()
        for place in [scratch.place(), scratch.place("certs"), scratch.place("mail/certs")] {
            _ = try FileTransaction(directory: place).reserve(bytes: 4_096)
            #expect(try scratch.tree() == before)
        }
    }

    // MARK: Others

    @Test("Two changes of one directory wait for each other")
    func serialises() throws {
        let scratch = try TemporaryDirectory()
        let directory = scratch.place()
        var first: FileTransaction? = try FileTransaction(directory: directory)
        try first?.write("first", to: "a", mode: 0o644)
        let seen = Mutex<Result<String, any Error>?>(nil)
        let (begins, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        Thread.detachNewThread {
            begins.signal()
            let result = Result {
                let second = try FileTransaction(directory: directory)
                let found = try FileContent.names(in: directory).joined(separator: " ")
                try second.write("second", to: "a", mode: 0o644)
                try second.commit()
                return found
            }
            seen.withLock { $0 = result }
            ended.signal()
        }
        begins.wait()
        #expect(ended.wait(timeout: .now() + 0.2) == .timedOut)
        #expect(seen.withLock { $0 == nil })
        try first?.commit()
        // The lock goes with the transaction.
        first = nil
        #expect(ended.wait(timeout: .now() + 60) == .success)
        #expect(try seen.withLock { try $0?.get() } == "a")
        #expect(try scratch.read("a") == "second")
    }

    @Test("Many at once leave what one of them wrote, whole")
    func manyAtOnce() async throws {
        let scratch = try TemporaryDirectory()
        let directory = scratch.place("certs")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    let items = ["a", "b", "c"].map { LayoutPlan.Item($0, .text("\(number)")) }
                    try LayoutPlan(items: items).apply(under: directory)
                }
            }
            try await group.waitForAll()
        }
        #expect(try scratch.tree("certs") == ["0755 .", "0644 a: text", "0644 b: text", "0644 c: text"])
        #expect(Set(try ["a", "b", "c"].map { try scratch.read("certs/\($0)") }).count == 1)
    }

    @Test("A directory that another run made, and gave up, is there for the one that waited for it")
    func waitsForOneThatGivesUp() throws {
        let scratch = try TemporaryDirectory()
        let directory = scratch.place("certs")
        var first: FileTransaction? = try FileTransaction(directory: directory)
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let result = Result {
                let second = try FileTransaction(directory: directory)
                try second.write("x", to: "a", mode: 0o644)
                try second.commit()
            }
            outcome.withLock { $0 = result }
            ended.signal()
        }
        // Long enough for the other to have come to the lock.
        #expect(ended.wait(timeout: .now() + 0.2) == .timedOut)
        #expect(first != nil)
        first = nil
        #expect(ended.wait(timeout: .now() + 60) == .success)
        #expect(throws: Never.self) { try outcome.withLock { try $0?.get() } }
        #expect(try FileContent.exists(directory.appending("a")) && scratch.read("certs/a") == "x")
    }

    @Test("A key that is being written is at no instant readable by others")
    func neverWider() throws {
        let scratch = try TemporaryDirectory()
        let directory = scratch.place()
        let isOver = Atomic(false)
        let looks = Atomic(0)
        let wide = Mutex<Set<String>>([])
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            while !isOver.load(ordering: .relaxed) {
                for name in (try? FileContent.names(in: directory)) ?? [] {
                    guard let status = FileStatus(directory.appending(name)) else { continue }
                    looks.add(1, ordering: .relaxed)
                    if status.permissions & 0o077 != 0 { _ = wide.withLock { $0.insert("\(status.octal) \(name)") } }
                }
            }
            ended.signal()
        }
        let secret = SecretBytes([UInt8](repeating: 7, count: 4 << 20))
        var count = 0
        // On a busy machine the one that looks gets few turns.
        while count < 8 || (looks.load(ordering: .relaxed) <= 50 && count < 400) {
            let transaction = try FileTransaction(directory: directory)
            try transaction.write(secret, to: "privkey.pem", mode: 0o600)
            try transaction.commit()
            count += 1
        }
        isOver.store(true, ordering: .relaxed)
        ended.wait()
        #expect(looks.load(ordering: .relaxed) > 50)
        #expect(wide.withLock { $0 } == [])
    }

    @Test("A file that somebody else writes gets its name when it is whole, with its mode")
    func taken() throws {
        let scratch = try TemporaryDirectory()
        let transaction = try FileTransaction(directory: scratch.place())
        try transaction.take("file", mode: 0o640) { (path) throws(MailCAError) in
            #expect(FileStatus(path)?.octal == "0600")
            #expect(FileManager.default.createFile(atPath: path.string, contents: Data("content".utf8)))
        }
        #expect(FileStatus(scratch.place("file")) == nil)
        try transaction.commit()
        #expect(try scratch.read("file") == "content")
        #expect(FileStatus(scratch.place("file"))?.octal == "0640")
    }

    @Test("A file that somebody else could not write leaves nothing")
    func notTaken() throws {
        let scratch = try TemporaryDirectory()
        let error = try failure {
            let transaction = try FileTransaction(directory: scratch.place())
            try transaction.take("file", mode: 0o600) { (_) throws(MailCAError) in throw MailCAError(.noSpace, "full") }
        }
        #expect(error.code == .noSpace)
        #expect(try FileContent.names(in: scratch.place()) == [])
    }
}
