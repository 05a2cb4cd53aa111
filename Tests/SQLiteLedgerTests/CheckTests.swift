import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("A ledger with a page overwritten")
struct CheckTests {
    private static let pageSize = 4_096

    /// A small ledger, closed: its bytes, and what it holds.
    private struct Good {
        let bytes: [UInt8]
        let content: String
    }

    /// A small ledger with something in every table.
    private func filled() throws -> (place: Place, good: Good) {
        let place = try Place()
        let ledger = try place.open()
        try ledger.issue([.example(0, issuer: 0, profile: .root)])
        try ledger.issue((1...40).map { try .example($0, names: ["user\($0)@example.org"]) })
        try ledger.revoke([SerialNumber(3), SerialNumber(7)], .init(date: now, reason: .superseded))
        try ledger.addList()
        try ledger.begin([.example(50)])
        try ledger.remember(Deployment(directory: "/etc/mail/certs", certificate: SerialNumber(1)))
        try ledger.noteMaintained(now)
        ledger.close()
        return (place, Good(bytes: try place.bytes(), content: try place.content()))
    }

    /// What opening the ledger says, and where that says nothing, what it holds.
    private func look(_ place: Place) throws -> MailCAError? {
        do {
            try place.open(.existing).close()
            return nil
        } catch let error as MailCAError {
            return error
        }
    }

    /// Puts a page in the place of another one and expects that it is seen at once.
    private func expectSeen(
        _ number: Int, _ page: [UInt8], _ what: String, _ place: Place, _ good: Good
    ) throws {
        let range = number * Self.pageSize..<(number + 1) * Self.pageSize
        guard Array(good.bytes[range]) != page else { return }
        var bytes = good.bytes
        bytes.replaceSubrange(range, with: page)
        try place.write(bytes)
        let error = try look(place)
        // Two empty pages of one kind say the same, though they differ in what was in them once.
        if error == nil, try place.content() == good.content { return }
        #expect(error?.code == .damaged, "page \(number + 1): \(what): \(error.map { "\($0)" } ?? "nothing was said")")
        #expect(error?.message.contains(place.name) == true, "page \(number + 1): \(what)")
        #expect(error?.hint?.contains("mailca restore") == true, "page \(number + 1): \(what)")
        #expect(try place.bytes() == bytes, "page \(number + 1): \(what): the file was changed")
    }

    @Test("It is found and said when the ledger is opened, whatever the page was overwritten with")
    func pages() throws {
        let (place, good) = try filled()
        let count = good.bytes.count / Self.pageSize
        #expect(count > 25 && good.bytes.count <= 1 << 20)
        var generator = SystemRandomNumberGenerator()
        for number in 0..<count {
            try expectSeen(number, Array(repeating: 0, count: Self.pageSize), "zeros", place, good)
            try expectSeen(number, Array(repeating: 0xff, count: Self.pageSize), "ones", place, good)
            let noise = (0..<Self.pageSize).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try expectSeen(number, noise, "noise", place, good)
            for other in 0..<count where other != number {
                let page = Array(good.bytes[other * Self.pageSize..<(other + 1) * Self.pageSize])
                try expectSeen(number, page, "a copy of page \(other + 1)", place, good)
            }
        }
        try place.write(good.bytes)
        #expect(try look(place) == nil)
        #expect(try place.content() == good.content)
    }

    @Test("A larger ledger is checked when it is asked for")
    func larger() throws {
        let place = try Place()
        let ledger = try place.open()
        try ledger.begin((1...9_000).map { try .example($0, names: ["user\($0)@example.org"]) })
        ledger.close()
        var bytes = try place.bytes()
        #expect(bytes.count > 2 << 20)
        // A page of an index, far from what opening looks at.
        let root = try #require(
            Int(place.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'certificate_key'").first ?? ""))
        bytes.replaceSubrange(
            (root - 1) * Self.pageSize..<root * Self.pageSize, with: Array(repeating: 0, count: 4_096))
        try place.write(bytes)
        let damaged = try place.open(.existing)
        let error = try expectRefusal(.damaged) { try damaged.check() }
        #expect(error.hint?.contains("mailca restore") == true)
    }

    @Test("A sound ledger passes, whatever its size", arguments: [1, 500, 2_500])
    func sound(count: Int) throws {
        let place = try Place()
        let ledger = try place.open()
        try ledger.begin((1...count).map { try .example($0, names: ["user\($0)@example.org"]) })
        try ledger.check()
        ledger.close()
        try place.open(.existing).check()
    }
}

extension Place {
    /// Everything in every table, as another program reads it.
    func content() throws -> String {
        try python(
            """
            for line in database.iterdump():
                if 'backup_file' not in line: print(line)
            """)
    }
}
