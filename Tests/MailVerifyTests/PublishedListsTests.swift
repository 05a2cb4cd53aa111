import Foundation
import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SystemPackage
import Testing

@Suite("PublishedLists")
struct PublishedListsTests {
    private func faults(_ fixture: Fixture, _ authority: Authority) throws -> [String] {
        try PublishedLists(authority: authority).faults(in: [fixture.certs]).map(\.message)
    }

    private func list(
        _ member: Authority.Member, number: Int64, from: Date = now, entries: [RevocationList.Entry] = []
    ) throws -> RevocationList {
        try RevocationList(
            issuer: member.certificate, key: member.key, number: number, thisUpdate: from,
            nextUpdate: from.addingTimeInterval(864_000), entries: entries)
    }

    @Test("What the CA laid out is as the ledger has it", arguments: [Layout.rootAlone, .issuingCA])
    func sound(_ layout: Layout) throws {
        let material = try Material(layout)
        let fixture = try Fixture(material)
        let authority = try #require(material.authority)
        #expect(try faults(fixture, authority) == [])
        _ = try authority.unlocked(with: material.signer.key).revocationList()
        #expect(try faults(fixture, authority) == [], "an older list is no fault")
        #expect(try PublishedLists(authority: authority).faults(in: ["/nonexistent/directory"]) == [])
    }

    @Test("A list that only the CA's key can have signed, and the ledger does not know, is a fault")
    func unknown() throws {
        let material = try Material(.issuingCA)
        let fixture = try Fixture(material)
        let authority = try #require(material.authority)
        let newer = try list(material.signer, number: 77)
        try fixture.replaceLists([newer, material.lists[1]])
        let found = try faults(fixture, authority)
        #expect(found.count == 1 && found[0].contains("list number 77 of "), "\(found)")
        #expect(found.first?.contains("is newer than the last that the ledger knows (number 2)") == true, "\(found)")

        // The number of a list that was passed over when the ledger was put back.
        try authority.ledger.skipRevocationLists(
            issuer: material.signer.certificate.serialNumber, to: now.addingTimeInterval(10))
        _ = try authority.unlocked(with: material.signer.key).revocationList()
        let passed = try faults(fixture, authority)
        #expect(passed.count == 1 && passed[0].contains("the ledger does not know it"), "\(passed)")
    }

    @Test("Another list under a number that the ledger knows is a fault")
    func forked() throws {
        let material = try Material(.rootAlone)
        let fixture = try Fixture(material)
        let authority = try #require(material.authority)
        let known = try #require(try authority.latestRevocationLists().first)
        for start in [known.thisUpdate, known.thisUpdate.addingTimeInterval(60)] {
            try fixture.replaceLists([list(material.root, number: known.number, from: start)])
            let found = try faults(fixture, authority)
            #expect(found.count == 1 && found[0].contains("is not the one that the ledger has"), "\(found)")
        }
    }

    @Test("A list that was planned and withdrawn is no fault, nor is somebody else's")
    func withdrawn() throws {
        let material = try Material(.rootAlone)
        let fixture = try Fixture(material)
        let authority = try #require(material.authority).unlocked(with: material.root.key)
        let planned = try authority.rootRevocationLists(periods: 3, days: 30)
        let outside = try planned[2].decoded()
        _ = try authority.revocationLists()
        let stranger = try Material(.rootAlone, name: "Another Mail CA")
        for list in [outside, try list(stranger.root, number: 99)] {
            try fixture.replaceLists([list])
            #expect(try faults(fixture, authority) == [])
        }
    }
}
