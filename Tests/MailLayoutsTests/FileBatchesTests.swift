import Foundation
import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Files in batches")
struct FileBatchesTests {
    private let scratch: TemporaryDirectory
    private let serial: SerialNumber

    init() throws {
        scratch = try TemporaryDirectory()
        serial = try #require(SerialNumber(hexadecimal: "0123456789abcdef"))
    }

    private func open() throws -> FileBatches {
        try FileBatches(directory: scratch.place("out"), growing: "passwords.csv")
    }

    private func file(_ name: String, _ text: String, mode: UInt32 = 0o600) -> BatchFile {
        BatchFile(name, mode: mode, SecretBytes(Array(text.utf8)))
    }

    private var pair: [BatchFile] { [file("a.key", "key of a"), file("a.pem", "certificate of a", mode: 0o644)] }

    private func settle(_ files: [BatchFile], lines: String = "", in batches: FileBatches) throws -> FileBatch {
        let batch = try batches.begin(files: files.count)
        try batch.settle(files, of: serial, lines: SecretBytes(Array(lines.utf8)))
        return batch
    }

    /// What is in the directory: mode, name and text.
    private var contents: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: scratch.file("out")).sorted().map { name in
                let status = try #require(FileStatus(scratch.place("out").appending(name)))
                return "\(status.octal) \(name): \(try scratch.read("out/\(name)"))"
            }
        }
    }

    @Test("They are put in place with their modes, and nothing lies aside in the end")
    func published() throws {
        let batches = try open()
        try settle(pair, lines: "a,secret\n", in: batches).publish()
        try settle([file("b.key", "key of b")], lines: "b,secret\n", in: batches).publish()
        try batches.finish()
        #expect(
            try contents == [
                "0600 a.key: key of a", "0644 a.pem: certificate of a", "0600 b.key: key of b",
                "0600 passwords.csv: a,secret\nb,secret\n",
            ])
    }

    @Test("What a power cut left of a file is replaced", arguments: ["", "key", "key of a", "key\0\0\0\0\0"])
    func torn(left: String) throws {
        _ = try settle(pair, in: open())
        usleep(20_000)
        try scratch.write(left, to: "out/a.key")
        let batches = try open()
        #expect(try batches.leftovers().flatMap { try $0.publish(again: true) } == [])
        try batches.finish()
        #expect(try scratch.read("out/a.key") == "key of a")
    }

    @Test("What was written since a command was killed is not replaced by what it left")
    func newer() throws {
        // Gone as after a kill: the batch stays.
        _ = try settle(pair, lines: "a,secret\n", in: open())
        usleep(20_000)
        try scratch.write("a newer key", to: "out/a.key")
        try scratch.write("certificate of a", to: "out/a.pem")

        #expect(try FileBatches.left(in: scratch.place("out")).count == 1)
        let batches = try FileBatches(directory: scratch.place("out"), growing: "passwords.csv", isWaiting: true)
        let besides = try batches.leftovers().flatMap { try $0.publish(again: true) }
        try batches.finish()

        #expect(besides.count == 1 && besides[0].hasPrefix("a.key."), "\(besides)")
        #expect(try scratch.read("out/a.key") == "a newer key")
        #expect(try scratch.read("out/\(besides[0])") == "key of a")
        #expect(try FileBatches.left(in: scratch.place("out")).isEmpty)
    }

    @Test("Until a batch is told to, no file of it has its name; thrown away, none ever does")
    func unpublished() throws {
        let batches = try open()
        let batch = try settle(pair, lines: "a,secret\n", in: batches)
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("out"))
        #expect(names.count == 1 && names.allSatisfy { $0.hasPrefix(FileBatches.prefix) })
        try batch.discard()
        try batches.finish()
        #expect(try contents == [])
    }

    @Test("A file that is there is replaced, also one with another mode, and a link by a file of its own")
    func replaced() throws {
        let batches = try open()
        try scratch.write("older and longer than what comes", to: "out/a.key")
        try scratch.write("somebody's", to: "elsewhere")
        symlink("../elsewhere", scratch.file("out/a.pem"))
        try settle(pair, in: batches).publish()
        try batches.finish()
        #expect(try contents == ["0600 a.key: key of a", "0644 a.pem: certificate of a"])
        #expect(try scratch.read("elsewhere") == "somebody's")
    }

    /// A directory as a command leaves it that is killed after a number of its files.
    private func kill(after count: Int, lines: String = "") throws {
        let batches = try open()
        _ = try settle(pair, lines: lines, in: batches)
        for (number, text) in [("a.key", "key of a"), ("a.pem", "")].prefix(count) {
            try scratch.write(text, to: "out/\(number)")
        }
    }

    @Test("What a killed command left is put in place by the next, wherever it was", arguments: 0...2)
    func goesOn(count: Int) throws {
        try kill(after: count, lines: "a,secret\n")
        let batches = try open()
        let left = try batches.leftovers()
        #expect(left.map(\.serialNumber) == [serial] && left.map(\.count) == [2])
        for batch in left { try batch.publish(again: true) }
        try batches.finish()
        #expect(
            try contents == [
                "0600 a.key: key of a", "0644 a.pem: certificate of a", "0600 passwords.csv: a,secret\n",
            ])
    }

    @Test("Lines that were appended before the kill, or some of their bytes, are not there twice", arguments: 0...9)
    func linesOnce(count: Int) throws {
        try kill(after: 0, lines: "a,secret\n")
        try scratch.write("z,other\n" + "a,secret\n".prefix(count), to: "out/passwords.csv")
        let batches = try open()
        for batch in try batches.leftovers() { try batch.publish(again: true) }
        try batches.finish()
        #expect(try scratch.read("out/passwords.csv") == "z,other\na,secret\n")
    }

    @Test("One that is cut short or changed in any part is no batch, and goes", arguments: [1, 40, 90])
    func broken(at offset: Int) throws {
        try kill(after: 0, lines: "a,secret\n")
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: scratch.file("out")).first)
        let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.file("out/\(name)")))
        var changed = whole
        changed[offset] ^= 1
        for damaged in [whole.prefix(offset), changed, whole + [0]] {
            try damaged.write(to: URL(fileURLWithPath: scratch.file("out/\(name)")))
            let batches = try open()
            #expect(try batches.leftovers().isEmpty)
            try batches.finish()
            #expect(try contents == [])
        }
    }

    @Test("A replacement that was half written is nobody's batch, and does not stand in the way")
    func halfReplaced() throws {
        try kill(after: 1)
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: scratch.file("out")).first {
                $0.hasPrefix(FileBatches.prefix)
            })
        try scratch.write("key", to: "out/\(name).new")
        let batches = try open()
        for batch in try batches.leftovers() { try batch.publish(again: true) }
        try settle([file("b.key", "key of b")], in: batches).publish()
        try batches.finish()
        #expect(
            try contents == ["0600 a.key: key of a", "0644 a.pem: certificate of a", "0600 b.key: key of b"])
    }

    @Test("Where the disk has no room for all of a batch, it is not begun")
    func room() throws {
        let batches = try open()
        // More than any disk has.
        let error = #expect(throws: MailCAError.self) { try batches.begin(files: 1 << 42) }
        #expect(error?.message.contains("/out/\(FileBatches.prefix)") == true, "\(String(describing: error))")
        try batches.finish()
        #expect(try contents == [])
    }
}
