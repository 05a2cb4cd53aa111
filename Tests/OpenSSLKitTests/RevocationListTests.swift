import Foundation
import OpenSSLKit
import Testing

@Suite("RevocationList")
struct RevocationListTests {
    private let root: Issuer

    init() throws { root = try .root() }

    private func text(_ list: RevocationList) throws -> String {
        words(try openssl(["crl", "-noout", "-text"], input: list.pem))
    }

    private func entry(_ number: Int, reason: Int? = nil) -> RevocationList.Entry {
        .init(
            serialNumber: SerialNumber([0x40, UInt8(number >> 8), UInt8(number & 255)]),
            revokedAt: now.addingTimeInterval(Double(-number)), reason: reason)
    }

    @Test("An empty list lists nothing at all, not even an empty list")
    func empty() throws {
        let list = try root.revocationList()
        #expect(try text(list).contains("No Revoked Certificates."))
        #expect(try text(list).contains("Version 2 (0x1)"))
        #expect(list.count == 0)
        #expect(try list.entries().isEmpty)
        // thisUpdate, nextUpdate, and right behind them the extensions.
        let structure = try openssl(["asn1parse"], input: list.pem).split(separator: "\n")
        let times = structure.indices.filter { structure[$0].contains("UTCTIME") }
        #expect(times.count == 2)
        #expect(structure[try #require(times.last) + 1].contains("cont [ 0 ]"))
    }

    @Test("Number, times, issuer and key identifier are what was asked for")
    func fields() throws {
        let list = try root.revocationList(number: 4_294_967_297)
        #expect(list.number == 4_294_967_297)
        #expect(try list.thisUpdate() == now)
        #expect(try list.nextUpdate() == now.addingTimeInterval(10 * day))
        #expect(try list.issuer() == root.certificate.subject())
        let text = try text(list)
        #expect(text.contains("Last Update: Jun 1 00:00:00 2026 GMT Next Update: Jun 11 00:00:00 2026 GMT"))
        #expect(text.contains("X509v3 CRL Number: 4294967297"))
        let identifier = root.key.publicKey.keyIdentifier.hexadecimal(separator: ":").uppercased()
        #expect(text.contains("X509v3 Authority Key Identifier: \(identifier)"))
        #expect(!text.contains("critical"))
    }

    @Test("The signature is that of the key's kind", arguments: KeyAlgorithm.allCases)
    func signature(algorithm: KeyAlgorithm) throws {
        var draft = try Draft.authority("Test Root")
        draft.key = try Keys.key(algorithm)
        let issuer = try Issuer(draft)
        let list = try issuer.revocationList([entry(1)])
        #expect(list.isSigned(by: issuer.certificate))
        #expect(!list.isSigned(by: root.certificate))
    }

    @Test("A list that was changed after it was signed is not signed any more")
    func tampered() throws {
        let list = try root.revocationList([entry(1)])
        let forged = try RevocationList(
            der: try replacing([0x02, 0x03, 0x40, 0x00, 0x01], by: [0x02, 0x03, 0x40, 0x00, 0x02], in: list.der))
        #expect(try forged.lists(entry(2).serialNumber))
        #expect(!forged.isSigned(by: root.certificate))
    }

    @Test("Entries come back in the order in which they were given")
    func order() throws {
        let entries = [5, 3, 9, 1, 7].map { entry($0, reason: 4) }
        let list = try root.revocationList(entries)
        #expect(try list.entries() == entries)
        #expect(try RevocationList(der: list.der).entries() == entries)
    }

    @Test("A list that was just made is as good for validations as one that was read, whatever its order")
    func justMade() throws {
        let list = try root.revocationList([5, 3, 9, 1, 7].map { entry($0) })
        let leaf = try Draft.leaf(.serverAuth).signed(by: root)
        let store = try TrustStore(roots: [root.certificate], revocationLists: [list])
        #expect(throws: Never.self) {
            try store.validate(leaf, purpose: .server, time: now.addingTimeInterval(1), checkRevocation: true)
        }
        #expect(list.isSigned(by: root.certificate))
    }

    @Test("A validation, which looks certificates up in it, leaves the order of a list alone")
    func orderAfterValidation() throws {
        let entries = [5, 3, 9, 1, 7].map { entry($0) }
        let list = try RevocationList(der: root.revocationList(entries).der)
        let leaf = try Draft.leaf(.serverAuth).signed(by: root)
        let store = try TrustStore(roots: [root.certificate], revocationLists: [list])
        _ = try store.validate(leaf, purpose: .server, time: now.addingTimeInterval(1), checkRevocation: true)
        #expect(try list.entries() == entries)
        #expect(list.isSigned(by: root.certificate))
    }

    @Test(
        "Each reason is written as what it is, and not critical",
        arguments: [
            (1, "Key Compromise"), (2, "CA Compromise"), (3, "Affiliation Changed"), (4, "Superseded"),
            (5, "Cessation Of Operation"), (9, "Privilege Withdrawn"),
        ])
    func reasons(code: Int, name: String) throws {
        let list = try root.revocationList([entry(1, reason: code)])
        #expect(try list.entries() == [entry(1, reason: code)])
        let text = try text(list)
        #expect(text.contains("X509v3 CRL Reason Code: \(name)"))
        #expect(!text.contains("critical"))
    }

    @Test("No reason, and an unspecified one, are not written", arguments: [nil, 0])
    func noReason(code: Int?) throws {
        let list = try root.revocationList([entry(1, reason: code)])
        #expect(try list.entries() == [entry(1)])
        #expect(try !text(list).contains("Reason Code"))
    }

    @Test("A list of 1,000 entries holds them all")
    func thousand() throws {
        let entries = (1...1_000).map { entry($0, reason: $0 % 2 == 0 ? 1 : nil) }
        let list = try root.revocationList(entries)
        #expect(list.count == 1_000)
        #expect(try list.entries() == entries)
        #expect(try list.lists(entries[999].serialNumber))
        #expect(try !list.lists(entry(1_001).serialNumber))
        #expect(try openssl(["crl", "-noout", "-text"], input: list.pem).matches(of: /Serial Number:/).count == 1_000)
    }

    @Test("PEM and DER are read back as the same list")
    func encodings() throws {
        let one = try root.revocationList(number: 1)
        let two = try root.revocationList([entry(1)], number: 2)
        let file = "first\n\(one.pem)\(root.certificate.pem)\(two.pem)"
        #expect(try RevocationList.all(pem: Array(file.utf8)) == [one, two])
        #expect(try RevocationList.all(pem: Array(root.certificate.pem.utf8)).isEmpty)
        #expect(try RevocationList(der: one.der) == one)
        #expect(Set([one, two, try RevocationList(der: one.der)]).count == 2)
    }

    @Test("What is not one whole list is refused")
    func damaged() throws {
        let list = try root.revocationList([entry(1)])
        for bytes in [[], Array(list.der.dropLast()), list.der + [0], root.certificate.der] {
            #expect(throws: OpenSSLError.self) { try RevocationList(der: bytes) }
        }
        let broken = PEMBlock(label: "X509 CRL", bytes: Array(list.der.dropLast())).text
        #expect(throws: OpenSSLError.self) { try RevocationList.all(pem: Array((list.pem + broken).utf8)) }
    }
}
