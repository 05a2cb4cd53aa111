import MailCA
import Testing

@Suite("RevocationReason")
struct RevocationReasonTests {
    @Test("Each has RFC 5280's code, and is found by it")
    func codes() {
        #expect(RevocationReason.allCases.map(\.code) == [0, 1, 2, 3, 4, 5, 9])
        for reason in RevocationReason.allCases { #expect(RevocationReason(code: reason.code) == reason) }
    }

    @Test("Codes that no certificate of ours gets are none", arguments: [-1, 6, 7, 8, 10, 11])
    func otherCodes(code: Int) {
        #expect(RevocationReason(code: code) == nil)
    }

    @Test("Each says when to choose it, in a sentence")
    func meanings() {
        for reason in RevocationReason.allCases { #expect(reason.meaning.hasSuffix("."), "\(reason.rawValue)") }
        #expect(Set(RevocationReason.allCases.map(\.meaning)).count == RevocationReason.allCases.count)
    }
}
