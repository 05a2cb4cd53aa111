import FoundationEssentials
import MailCA
import OpenSSLKit
import Testing

@Suite("LedgerEntry.Standing")
struct LedgerEntryStandingTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func entry(_ state: LedgerEntry.State, revoked: Bool = false) -> LedgerEntry {
        LedgerEntry(
            serialNumber: SerialNumber([1]), issuer: SerialNumber([1]), profile: .client, state: state,
            names: ["taro@example.org"], validity: Validity(notBefore: Self.start, days: 1), keyFingerprint: [],
            createdAt: Self.start, revocation: revoked ? .init(date: Self.start, reason: .superseded) : nil)
    }

    @Test("The last second of its life still counts")
    func end() {
        let end = Self.start.addingTimeInterval(86_400)
        #expect(entry(.issued).standing(at: end.addingTimeInterval(-0.5)) == .valid)
        #expect(entry(.issued).standing(at: end) == .expired)
    }

    @Test("What was revoked stays so after its end; what was never issued is neither valid nor expired")
    func others() {
        for date in [Self.start, Self.start.addingTimeInterval(1e6)] {
            #expect(entry(.issued, revoked: true).standing(at: date) == .revoked)
            #expect(entry(.pending).standing(at: date) == .pending)
            #expect(entry(.abandoned).standing(at: date) == .abandoned)
        }
    }
}
