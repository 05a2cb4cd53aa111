import Foundation
import MailCA
import OpenSSLKit
import Testing

@Suite("LedgerEntry")
struct LedgerEntryTests {
    private let entry = LedgerEntry(
        serialNumber: SerialNumber([1]), issuer: SerialNumber([2]), profile: .client, state: .issued, names: ["a@b"],
        validity: Validity(notBefore: beginning, days: 1), keyFingerprint: [3], createdAt: beginning)

    @Test("An entry is live while it is issued, not revoked, and within its time")
    func isLive() {
        #expect(entry.isLive(at: beginning))
        #expect(entry.isLive(at: beginning.addingTimeInterval(day - 1)))
        #expect(!entry.isLive(at: beginning.addingTimeInterval(-1)))
        #expect(!entry.isLive(at: beginning.addingTimeInterval(day)))
        for state in [LedgerEntry.State.pending, .abandoned] {
            var other = entry
            other.state = state
            #expect(!other.isLive(at: beginning))
        }
        var revoked = entry
        revoked.revocation = .init(date: beginning.addingTimeInterval(day), reason: .superseded)
        #expect(!revoked.isLive(at: beginning))
    }
}
