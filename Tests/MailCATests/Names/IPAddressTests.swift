import Testing

@testable import MailCA

@Suite("IP addresses")
struct IPAddressTests {
    @Test(
        "An address is read into its bytes and written in its canonical form",
        arguments: [
            ("192.0.2.7", [192, 0, 2, 7], "192.0.2.7"), ("0.0.0.0", [0, 0, 0, 0], "0.0.0.0"),
            ("255.255.255.255", [255, 255, 255, 255], "255.255.255.255"),
            ("2001:DB8:0:0:0:0:0:7", [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], "2001:db8::7"),
            ("[2001:db8::7]", [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], "2001:db8::7"),
            ("::1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "::1"),
            ("::", [UInt8](repeating: 0, count: 16), "::"),
        ] as [(String, [UInt8], String)])
    func reads(text: String, bytes: [UInt8], canonical: String) throws {
        let address = try IPAddress(text)
        #expect(address.bytes == bytes)
        #expect(address.description == canonical)
        #expect(address.isIPv4 == (bytes.count == 4))
        #expect(try IPAddress(canonical) == address)
        #expect(IPAddress(bytes: bytes) == address)
    }

    @Test(
        "What is no single address is refused with its reason",
        arguments: [
            ("", "empty"), ("mail.example.org", "not an IP address"), ("192.0.2", "not an IP address"),
            ("192.0.2.256", "not an IP"), ("192.0.2.1.5", "not an IP"),
            ("192.000.2.1", "not an IP"), ("0x7f.0.0.1", "not an IP"), ("1e3", "not an IP"),
            ("2001:db8:::1", "not an IP"), ("1:2:3:4:5:6:7:8:9", "not an IP"),
            ("fe80::1%eth0", "zone"), ("[fe80::1%25eth0]", "zone"), ("192.0.2.1:25", "has a port"),
            ("[2001:db8::7]:25", "something after"),
            ("[192.0.2.1]", "brackets"), ("[2001:db8::7", "brackets"), ("2001:db8::7]", "brackets"), ("[]", "brackets"),
            ("[", "brackets"), ("[[::1]]", "not an IP"),
            ("192.0.2.0/24", "a block"), ("::ffff:192.0.2.1", "IPv4 address written as IPv6"),
            ("192.0.2.1\n", "a line break"), ("192.0.2.1\0", "a NUL"), (" 192.0.2.1", "a space"),
            ("１９２.0.2.1", "not an IP address"), ("[\u{301}2001:db8::7]", "not an IP address"),
            ("\u{202E}::1", "direction-changing"),
        ])
    func refuses(text: String, reason: String) throws {
        let error = try #require(#expect(throws: MailCAError.self) { try IPAddress(text) })
        #expect(error.code == .invalidName)
        #expect(error.message.contains(reason), "\(error.message)")
        #expect(error.hint?.isEmpty == false)
    }

    @Test("An IPv4 address in IPv6 dress is answered with the IPv4 address")
    func mapped() throws {
        let error = try #require(#expect(throws: MailCAError.self) { try IPAddress("::FFFF:c000:201") })
        #expect(error.hint == "Give 192.0.2.1 instead.")
    }

    @Test("Bytes are an address only if they are 4 or 16")
    func byteCounts() {
        for count in [0, 1, 3, 5, 8, 15, 17, 32] {
            #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
    }
}
