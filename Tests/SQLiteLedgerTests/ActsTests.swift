import Foundation
import MailCA
import OpenSSLKit
import SQLiteLedger
import Testing

@Suite("Acts and lists, asked for one by one")
struct ActsTests {
    @Test("The acts of a certificate are its own")
    func acts() throws {
        let ledger = try Place().open()
        try ledger.begin([.example(1), .example(2), .example(3)])
        try ledger.complete([certificate(1), certificate(2)])
        try ledger.abandon([SerialNumber(3)])
        try ledger.revoke([SerialNumber(1)], .init(date: now, reason: .superseded))
        #expect(try ledger.acts(of: SerialNumber(1)).map(\.kind) == [.issued, .revoked])
        #expect(try ledger.acts(of: SerialNumber(2)).map(\.number) == [2])
        #expect(try ledger.acts(of: SerialNumber(3)).map(\.kind) == [.abandoned])
        #expect(try ledger.acts(of: SerialNumber(4)).isEmpty)

        #expect(try ledger.acts(of: SerialNumber(1)).last == ledger.lastAct())
    }

    @Test("A list is found by its number, also when another took its place")
    func lists() throws {
        let ledger = try Place().open()
        let first = try ledger.addList()
        let second = try ledger.addList(from: now.addingTimeInterval(day))
        for list in [first, second] {
            let found = try #require(try ledger.revocationList(issuer: SerialNumber(0), number: list.number))
            #expect(found.thisUpdate == list.thisUpdate && found.count == 0)
        }
        #expect(try ledger.revocationList(issuer: SerialNumber(0), number: 3) == nil)
        #expect(try ledger.revocationList(issuer: SerialNumber(1), number: 1) == nil)
    }
}
