import MailCA
import Testing

@Suite("Permitted names")
struct PermittedNamesTests {
    private let permitted: PermittedNames
    private let open = PermittedNames(domains: [], unconstrained: true)

    init() throws {
        permitted = try PermittedNames(
            parsing: ["example.org", "Example.ORG.", "例え.jp", "example"],
            addressBlocks: ["192.0.2.0/24", "2001:db8::7"])
    }

    @Test(
        "A domain brings its subdomains and their wildcards, a block its addresses",
        arguments: [
            "example.org", "mail.example.org", "a.b.example.org", "*.example.org", "*.a.example.org", "mail.例え.jp",
            "example", "a.example",
            "*.a.example", "192.0.2.200", "2001:db8::7",
        ])
    func permits(name: String) throws {
        let name = try ServerName(name)
        #expect(permitted.permits(name))
        try permitted.check(name)
    }

    @Test(
        "Every other name of a server is refused, with the list of what is permitted",
        arguments: [
            "example.com", "badexample.org", "example.org.evil.test", "org", "mail", "192.0.3.1", "2001:db8::8",
            "*.badexample.org", "xn--zckzah.jp",
        ])
    func refuses(name: String) throws {
        let name = try ServerName(name)
        #expect(!permitted.permits(name))
        let error = try #require(#expect(throws: MailCAError.self) { try permitted.check(name) })
        #expect(error.code == .notPermitted)
        #expect(
            error.message.contains(
                "example.org, xn--r8jz45g.jp, example, and its addresses those in 192.0.2.0/24, 2001:db8::7/128"),
            "\(error.message)")
        #expect(error.hint?.contains("another CA") == true)
    }

    @Test("A mailbox is permitted by its domain, a single label only if it is listed")
    func mailboxes() throws {
        for text in ["taro@example.org", "taro@mail.example.org", "太郎@例え.jp", "taro@example"] {
            try permitted.check(EmailAddress(text))
        }
        for text in ["taro@example.com", "taro@org", "taro@localhost", "example.org@evil.test"] {
            let error = try #require(#expect(throws: MailCAError.self) { try permitted.check(EmailAddress(text)) })
            #expect(error.code == .notPermitted)
            #expect(error.hint?.contains("--domain \(try EmailAddress(text).domain)") == true)
        }
    }

    @Test("A mailbox that is not ASCII is permitted at a domain of the CA, not below it")
    func internationalMailboxes() throws {
        try permitted.check(EmailAddress("tarō@example.org"))
        let error = try #require(
            #expect(throws: MailCAError.self) { try permitted.check(EmailAddress("tarō@sub.example.org")) })
        #expect(error.code == .notPermitted)
        #expect(error.hint?.contains("--domain sub.example.org") == true)
        try open.check(EmailAddress("tarō@sub.example.org"))
    }

    @Test("An unconstrained CA permits every full name and address, and single labels only where listed")
    func unconstrained() throws {
        for text in ["example.com", "*.example.com", "203.0.113.9", "2001:db8::9"] { try open.check(ServerName(text)) }
        try open.check(EmailAddress("taro@example.net"))
        let error = try #require(#expect(throws: MailCAError.self) { try open.check(ServerName("mail")) })
        #expect(error.message.contains("single label"))
        #expect(throws: MailCAError.self) { try open.check(EmailAddress("taro@example")) }
        let listed = try PermittedNames(parsing: ["example"], unconstrained: true)
        try listed.check(EmailAddress("taro@example"))
        try listed.check(ServerName("example"))
        #expect(throws: MailCAError.self) { try listed.check(ServerName("mail")) }
    }

    @Test("Nothing listed is nothing permitted")
    func empty() throws {
        let none = PermittedNames(domains: [])
        let error = try #require(#expect(throws: MailCAError.self) { try none.check(ServerName("example.org")) })
        #expect(error.message.contains("it permits no name at all"))
        #expect(throws: MailCAError.self) { try none.check(ServerName("192.0.2.1")) }
        let blocks = try PermittedNames(parsing: [], addressBlocks: ["192.0.2.0/24"])
        try blocks.check(ServerName("192.0.2.1"))
        #expect(!blocks.permits(try ServerName("example.org")))
    }

    @Test("What is given twice is kept once, and a wildcard is refused as a domain")
    func parsing() throws {
        #expect(permitted.domains.map(\.ascii) == ["example.org", "xn--r8jz45g.jp", "example"])
        let error = try #require(
            #expect(throws: MailCAError.self) { try PermittedNames(parsing: ["*.example.org"]) })
        #expect(error.hint?.contains("Give example.org instead") == true)
        #expect(throws: MailCAError.self) { try PermittedNames(parsing: [], addressBlocks: ["192.0.2.1/24"]) }
        #expect(!PermittedNames(domains: [try HostName("*.example.org")]).permits(try ServerName("a.example.org")))
    }

    @Test("A long list is cut in the message")
    func longList() throws {
        let many = try PermittedNames(parsing: (1...25).map { "d\($0).example" })
        let error = try #require(#expect(throws: MailCAError.self) { try many.check(ServerName("other.test")) })
        #expect(error.message.hasSuffix("d10.example and 15 more"))
    }
}
