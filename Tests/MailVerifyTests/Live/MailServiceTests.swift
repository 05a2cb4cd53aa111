import MailCA
import MailVerify
import Testing

@Suite("MailService")
struct MailServiceTests {
    @Test(
        "A URL is read as protocol, host and port",
        arguments: [
            (
                "smtp://mail.example.org", MailService.Kind.smtp, "mail.example.org", UInt16(25),
                "smtp://mail.example.org"
            ),
            ("SMTP://Mail.Example.ORG.:25/", .smtp, "mail.example.org", 25, "smtp://mail.example.org"),
            ("submission://mx", .submission, "mx", 587, "submission://mx"),
            ("smtps://192.0.2.7:2465", .smtps, "192.0.2.7", 2465, "smtps://192.0.2.7:2465"),
            ("submissions://a.test", .smtps, "a.test", 465, "smtps://a.test"),
            ("imap://[2001:db8::7]", .imap, "2001:db8::7", 143, "imap://[2001:db8::7]"),
            ("imaps://[2001:DB8::7]:994", .imaps, "2001:db8::7", 994, "imaps://[2001:db8::7]:994"),
            ("pop3://a.test:65535", .pop3, "a.test", 65535, "pop3://a.test:65535"),
            ("pop3s://a.test", .pop3s, "a.test", 995, "pop3s://a.test"),
            ("sieve://a.test", .sieve, "a.test", 4190, "sieve://a.test"),
            ("lmtp://localhost", .lmtp, "localhost", 24, "lmtp://localhost"),
            ("smtp://mail.例え.jp", .smtp, "mail.xn--r8jz45g.jp", 25, "smtp://mail.xn--r8jz45g.jp"),
        ])
    func good(_ url: String, _ kind: MailService.Kind, _ host: String, _ port: UInt16, _ shown: String) throws {
        let service = try MailService(url: url)
        #expect(service.kind == kind)
        #expect(service.name.description == host)
        #expect(service.port == port)
        #expect(service.description == shown)
        #expect(try MailService(url: shown) == service)
        #expect(MailService.isURL(url))
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "smtp:mail.example.org", "mail.example.org", "http://mail.example.org", "smtp://", "smtp:///",
            "smtp://mail.example.org:0", "smtp://mail.example.org:65536", "smtp://mail.example.org:", "smtp://a:b",
            "smtp://user@mail.example.org", "smtp://mail.example.org/inbox", "smtp://mail.example.org?x", "smtp://a#b",
            "smtp://2001:db8::7:25:x", "smtp://[2001:db8::7", "smtp://[::1]x:25", "smtp://*.example.org",
            "smtp://0.0.0.0", "smtp://a b", "smtp://a\r\nb", "smtp://a:+25", "smtp://mail..org", "://a.test",
        ])
    func bad(_ url: String) {
        let error = #expect(throws: MailCAError.self) { try MailService(url: url) }
        #expect(error?.code == .invalidParameters || error?.code == .invalidName)
        #expect(error?.message.contains("\n") == false)
    }
}
