import Foundation
import MailCA
import OpenSSLKit
import Testing

@Suite("SignedRevocationList")
struct SignedRevocationListTests {
    private func list(
        days: Double = 10, reader: @escaping SignedRevocationList.Reader = { _ in }
    ) -> SignedRevocationList {
        SignedRevocationList(
            issuer: SerialNumber([1]), number: 7, thisUpdate: beginning,
            nextUpdate: beginning.addingTimeInterval(days * day), count: 0, reader: reader)
    }

    @Test("Its bytes are handed over in order and in pieces, each time anew")
    func pieces() throws {
        let list = list { take throws(MailCAError) in for piece in [[1, 2], [], [3]] as [[UInt8]] { try take(piece) } }
        for _ in 0..<2 {
            var pieces: [[UInt8]] = []
            try list.withDER { pieces.append($0) }
            #expect(pieces == [[1, 2], [], [3]])
        }
    }

    @Test("Who takes the bytes can stop, and its reason is passed on")
    func stopped() throws {
        let list = list { take throws(MailCAError) in for _ in 0..<10 { try take([0]) } }
        var taken = 0
        let error = #expect(throws: MailCAError.self) {
            try list.withDER { _ throws(MailCAError) in
                taken += 1
                throw MailCAError(.noSpace, "full")
            }
        }
        #expect(error?.code == .noSpace && taken == 1)
    }

    @Test("Decoded in pieces it is the list that was signed")
    func decoded() throws {
        let office = try Office()
        let made = try office.authority.revocationList().decoded()
        let der = made.der
        let list = list { take throws(MailCAError) in for byte in der { try take([byte]) } }
        #expect(try list.decoded() == made)
    }

    @Test(
        "What cannot be decoded is damage, and says which list it was",
        arguments: [[], [0x30, 0x00], [1, 2, 3]] as [[UInt8]])
    func damaged(bytes: [UInt8]) throws {
        let list = list { take throws(MailCAError) in try take(bytes) }
        let error = try #require(#expect(throws: MailCAError.self) { try list.decoded() })
        #expect(error.code == .damaged)
        #expect(error.message.contains("number 7"))
        #expect(error.hint?.contains("mailca crl") == true)
    }
}
