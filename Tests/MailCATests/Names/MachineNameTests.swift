import Testing

@testable import MailCA

@Suite("This machine's name")
struct MachineNameTests {
    @Test(
        "The host name is taken if it is full, else the resolver's full name for it",
        arguments: [
            ("mail.example.org", nil, "mail.example.org"),
            ("Mail.Example.ORG", "other.example.net", "mail.example.org"),
            ("mail", "mail.example.org", "mail.example.org"), ("mail", "MAIL.example.org.", "mail.example.org"),
            ("mail.localdomain", "mail.example.org", "mail.example.org"),
            ("localhost", "mail.example.org", "mail.example.org"),
        ] as [(String, String?, String)])
    func finds(host: String, canonical: String?, expected: String) throws {
        #expect(try MachineName.fullyQualified(hostName: { host }, canonicalName: { _ in canonical }).ascii == expected)
    }

    @Test(
        "A machine that knows a short or local name only is told how to give a full one",
        arguments: [
            ("mail", nil), ("mail", "mail"), ("localhost", "localhost"), ("localhost", "localhost.localdomain"),
            ("localhost.localdomain", nil), ("mail.", nil),
            ("", nil), (nil, "mail.example.org"), ("mail", "127.0.1.1"), ("mail", "my_host.example"),
            ("mail", "*.example.org"), ("mail", "a\nb.example"),
            ("mail", ""), ("a\u{1B}[2J", nil), ("host.localhost", nil), ("*.example.org", nil), ("3f2a9c", "3f2a9c"),
        ] as [(String?, String?)])
    func refuses(host: String?, canonical: String?) throws {
        let error = try #require(
            #expect(throws: MailCAError.self) {
                try MachineName.fullyQualified(hostName: { host }, canonicalName: { _ in canonical })
            })
        #expect(error.code == .invalidName)
        #expect(error.hint?.contains("mailca self-signed mail.example.org") == true)
        #expect(error.hint?.contains("hostnamectl set-hostname") == true)
        #expect(!error.message.contains("\u{1B}"))
    }

    @Test("A full host name that no certificate can hold is refused with its reason")
    func impossible() throws {
        let error = try #require(
            #expect(throws: MailCAError.self) {
                try MachineName.fullyQualified(
                    hostName: { "my_host.example.org" }, canonicalName: { _ in "x.example.org" })
            })
        #expect(error.message.contains("underscore"))
        #expect(error.cause is MailCAError)
    }

    @Test("The resolver is asked about the host name, and only if that is not full")
    func asksOnlyIfNeeded() throws {
        var asked: [String] = []
        _ = try MachineName.fullyQualified(
            hostName: { "a.example" },
            canonicalName: {
                asked.append($0)
                return nil
            })
        #expect(asked.isEmpty)
        _ = try MachineName.fullyQualified(
            hostName: { "a" },
            canonicalName: {
                asked.append($0)
                return "a.example"
            })
        #expect(asked == ["a"])
    }

    @Test("The system's own answers are read: a host name, and a canonical name without asking the network")
    func system() {
        #expect(MachineName.systemHostName()?.isEmpty == false)
        #expect(MachineName.resolverName(of: "localhost")?.isEmpty == false)
        #expect(MachineName.resolverName(of: "localhost\0.example.org") == nil)
    }
}
