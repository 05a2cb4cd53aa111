import Testing

@testable import MailCA

@Suite("Blocks of IP addresses")
struct AddressBlockTests {
    @Test(
        "A block is read into address and mask",
        arguments: [
            ("192.0.2.0/24", [192, 0, 2, 0, 255, 255, 255, 0], "192.0.2.0/24"),
            ("10.0.0.0/9", [10, 0, 0, 0, 255, 128, 0, 0], "10.0.0.0/9"),
            ("0.0.0.0/0", [0, 0, 0, 0, 0, 0, 0, 0], "0.0.0.0/0"),
            ("192.0.2.7", [192, 0, 2, 7, 255, 255, 255, 255], "192.0.2.7/32"),
            (
                "2001:db8::/33",
                [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 12) + [255, 255, 255, 255, 128]
                    + [UInt8](repeating: 0, count: 11), "2001:db8::/33"
            ),
            ("::1/128", [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 255, count: 16), "::1/128"),
        ] as [(String, [UInt8], String)])
    func reads(text: String, bytes: [UInt8], canonical: String) throws {
        let block = try AddressBlock(text)
        #expect(block.bytes == bytes)
        #expect(block.description == canonical)
        #expect(try AddressBlock(canonical) == block)
        #expect(try AddressBlock(bytes: bytes) == block)
    }

    @Test(
        "What is no block is refused with its reason",
        arguments: [
            ("", "empty"), ("/24", "empty"), ("192.0.2.0/", "prefix length"), ("192.0.2.0/33", "from 0 to 32"),
            ("::/129", "from 0 to 128"),
            ("192.0.2.0/-1", "prefix length"), ("192.0.2.0/+8", "prefix length"), ("192.0.2.0/08", "prefix length"),
            ("192.0.2.0/24/1", "prefix length"),
            ("192.0.2.0/255.255.255.0", "prefix length"), ("192.0.2.0/99999999999999999999", "prefix length"),
            ("192.0.2.0/２４", "prefix length"),
            ("192.0.2.0/24\n", "prefix length"), ("192.0.2.7/24", "bits set"), ("2001:db8::7/64", "bits set"),
            ("example.org/24", "not an IP address"),
        ])
    func refuses(text: String, reason: String) throws {
        let error = try #require(#expect(throws: MailCAError.self) { try AddressBlock(text) })
        #expect(error.code == .invalidName)
        #expect(error.message.contains(reason), "\(error.message)")
        #expect(error.hint?.isEmpty == false)
    }

    @Test("A block with bits after its prefix is answered with the right one")
    func hintsAtRightBlock() throws {
        let error = try #require(#expect(throws: MailCAError.self) { try AddressBlock("192.0.2.7/24") })
        #expect(error.hint == "Did you mean 192.0.2.0/24, or the one address 192.0.2.7?")
    }

    @Test(
        "Bytes that are no address and mask are refused",
        arguments: [
            [], [1], [10, 0, 0, 0, 255, 255, 255], [10, 0, 0, 0, 255, 0, 255, 0], [10, 0, 0, 1, 255, 255, 255, 0],
            [10, 0, 0, 0, 0, 255, 255, 255], [UInt8](repeating: 0, count: 9), [UInt8](repeating: 0, count: 16),
            [UInt8](repeating: 0, count: 33),
        ] as [[UInt8]])
    func refusesBytes(bytes: [UInt8]) {
        #expect(throws: MailCAError.self) { try AddressBlock(bytes: bytes) }
    }

    @Test("A block contains the addresses of its prefix and family")
    func contains() throws {
        let block = try AddressBlock("192.0.2.128/25")
        #expect(try block.contains(IPAddress("192.0.2.128")))
        #expect(try block.contains(IPAddress("192.0.2.255")))
        #expect(try !block.contains(IPAddress("192.0.2.127")))
        #expect(try !block.contains(IPAddress("::1")))
        #expect(try AddressBlock("0.0.0.0/0").contains(IPAddress("203.0.113.9")))
        #expect(try !AddressBlock("::/0").contains(IPAddress("203.0.113.9")))
        #expect(try AddressBlock("2001:db8::/33").contains(IPAddress("2001:db8:7fff::1")))
        #expect(try !AddressBlock("2001:db8::/33").contains(IPAddress("2001:db8:8000::1")))
    }
}
