import MailCA
import Testing

@testable import MailVerify

@Suite("Findings named by their ids")
struct FindingPatternTests {
    @Test("An id means itself, and what ends in a dot or a star all that begin so")
    func matches() throws {
        #expect(try FindingPattern("live.name").matches("live.name"))
        #expect(try !FindingPattern("live.expires-soon").matches("live.expired"))
        for group in ["sendmail.", "sendmail.*", "sendmail.key.*", "sendmail.k*"] {
            let pattern = try FindingPattern(group)
            #expect(pattern.matches("sendmail.key.owner") && !pattern.matches("live.name"), "\(group)")
        }
        #expect(try FindingPattern("*").matches("ledger.damaged"))
        #expect(try FindingPattern("sendmail.").description == "sendmail.*")
    }

    @Test(
        "An id that there is not is refused with those that are near it",
        arguments: [
            ("live.nam", "live.name"), ("key.group-readable", "sendmail.key.group-readable"),
            ("Certificate.Expired", "certificate.expired"), ("sendmial.key.owner", "sendmail.key.owner"),
            ("sendmail", "sendmail.access.missing"), ("pairs.*", "pair.mismatch"),
        ])
    func nearest(_ text: String, _ expected: String) {
        #expect {
            _ = try FindingPattern(text)
        } throws: { error in
            let error = error as? MailCAError
            return error?.code == .invalidParameters && error?.hint?.contains(expected) == true
                || FindingCatalogue.nearest(to: text).contains(expected)
        }
    }

    @Test("What is near nothing is told where all ids are", arguments: ["", "*.key", "zzzzzzzzzzzzzzzzzzzzzzz"])
    func unknown(_ text: String) {
        #expect {
            _ = try FindingPattern(text)
        } throws: { error in
            let hint = (error as? MailCAError)?.hint ?? ""
            return hint == "All of them: mailca verify --list-findings."
        }
    }

    @Test("A report is cut down to what was asked for, and what is ignored is set apart")
    func choosing() throws {
        let findings = [
            Finding("pair.mismatch", .error, "/a", "message", remedy: "remedy"),
            Finding("sendmail.key.owner", .warning, "/b", "message", remedy: "remedy"),
            Finding("sendmail.key.owner", .error, "/c", "message", remedy: "remedy"),
            Finding("sendmail.key.shared", .warning, "/d", "message", remedy: "remedy"),
        ]
        let report = Report(subjects: ["/"], findings: findings)
        let all = report.choosing(only: [], ignoring: ["sendmail.key.owner"])
        #expect(all.findings.map(\.subject) == ["/a", "/d"])
        #expect(all.ignored.map(\.subject) == ["/c", "/b"])
        let some = report.choosing(only: [try FindingPattern("sendmail.")], ignoring: ["pair.mismatch"])
        #expect(some.findings.map(\.subject) == ["/c", "/b", "/d"])
        #expect(some.ignored.isEmpty)
        #expect(some.subjects == ["/"])
        #expect(all.merging(all).ignored.count == 4)
    }
}
