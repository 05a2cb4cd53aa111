import MailCA
import Testing

@Suite("Names of servers")
struct ServerNameTests {
    @Test(
        "What is written like an address is one, and all else is a host",
        arguments: [
            ("mail.example.org", "host"), ("*.example.org", "host"), ("例え.jp", "host"), ("192.0.2.7", "address"),
            ("2001:db8::7", "address"),
            ("[2001:db8::7]", "address"), ("3com.com", "host"), ("beef.cafe", "host"),
        ])
    func decides(text: String, form: String) throws {
        switch try ServerName(text) {
        case .host(let name):
            #expect(form == "host")
            #expect(try ServerName(text).description == name.ascii)
        case .address(let address):
            #expect(form == "address")
            #expect(try ServerName(text).description == address.description)
        }
    }

    @Test(
        "A slip is answered for the form that it resembles",
        arguments: [
            ("192.0.2.1:25", "has a port"), ("[::1]:25", "something after"), ("192.0.2.0/24", "a block"),
            ("192.0.2.999", "not an IP address"),
            ("fe80::1%eth0", "zone"), ("mail.example.org:25", "holds \":\""), ("0.0.0.0", "every address"),
            ("::", "every address"), ("", "empty"),
            ("12345", "is a number"), ("１９２.０.２.１", "IPv4 address"), ("smtp://mail.example.org", "holds \"/\""),
            ("::g", "not an IP address"),
        ])
    func refuses(text: String, reason: String) throws {
        let error = try #require(#expect(throws: MailCAError.self) { try ServerName(text) })
        #expect(error.message.contains(reason), "\(error.message)")
    }
}
