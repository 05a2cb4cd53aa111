import MailCA
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("What is kept of decisions")
struct SettingsTests {
    private let finding = Settings.IgnoredFinding(
        id: "sendmail.key.shared", reason: "backups \"need\" it", date: "2026-11-25T20:00:00Z", user: "hanako as root")

    @Test("Nothing was decided where there is no file, and what is kept is read again by its owner alone")
    func keeps() throws {
        let scratch = try TemporaryDirectory()
        let home = Home(scratch.place("home"))
        #expect(try home.settings() == Settings())
        var settings = Settings()
        settings.ignore(finding)
        try home.keep(settings)
        #expect(try home.settings() == settings)
        #expect(FileStatus(home.settingsFile)?.octal == "0600")
        #expect(FileStatus(home.path)?.octal == "0700")
        // No CA was made by that.
        #expect(try !home.isUsed())
    }

    @Test("A kind is ignored once, for the last reason that was given, and heeded again")
    func changes() {
        var settings = Settings()
        settings.ignore(finding)
        settings.ignore(.init(id: "certificate.expired", reason: "it goes", date: finding.date, user: "root"))
        settings.ignore(.init(id: finding.id, reason: "another", date: finding.date, user: "root"))
        #expect(settings.ignored.map(\.id) == ["certificate.expired", "sendmail.key.shared"])
        #expect(settings.ignored.last?.reason == "another")
        let (first, second) = (settings.heed(finding.id), settings.heed(finding.id))
        #expect(first && !second)
        #expect(settings.ignored.count == 1)
    }

    @Test(
        "A file that is none of settings is said, with what is wrong in it",
        arguments: [
            ("", "it is not JSON"), ("{", "it is not JSON"), ("[]", "of another kind"), ("{}", "ignored is missing"),
            ("{\"ignored\": [{\"id\": \"a.b\"}]}", "is missing"), ("{\"ignored\": 7}", "ignored is of another kind"),
        ])
    func damaged(_ text: String, _ fault: String) throws {
        let scratch = try TemporaryDirectory()
        try scratch.write(text, to: "settings.json")
        #expect {
            _ = try Home(scratch.place("")).settings()
        } throws: { error in
            let error = error as? MailCAError
            return error?.code == .damaged && error?.message.contains(fault) == true
        }
    }
}
