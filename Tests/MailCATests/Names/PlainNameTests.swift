import Testing

@testable import MailCA

@Suite("Plain names")
struct PlainNameTests {
    /// Texts made at random of what names are made of.
    private func words(_ pieces: [String], of count: Int) -> [String] {
        var generator = SystemRandomNumberGenerator()
        return (0..<20_000).map { _ in
            (0..<Int.random(in: 1...count, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
            }
            .joined()
        }
    }

    @Test("Whatever is taken for a plain host is what the rules make of it, one by one")
    func hosts() throws {
        let pieces = [
            "a", "z", "0", "9", "-", ".", "xn--", "--", "0x", "_", "A", "é", " ", "*", "example.org",
            String(repeating: "b", count: 31), String(repeating: "c.", count: 60),
        ]
        var count = 0
        for text in words(pieces, of: 8) where PlainName.isHost(text.utf8) {
            #expect(try HostName(reading: text).ascii == text)
            count += 1
        }
        #expect(count > 500)
    }

    @Test("Whatever is taken for a plain local part breaks no rule")
    func localParts() throws {
        let pieces = ["a", "Z", "0", "-", ".", "+", "_", "'", "é", "@", String(repeating: "b", count: 20)]
        var count = 0
        for text in words(pieces, of: 8) where PlainName.isLocalPart(text.utf8) {
            try LocalPart(text: text, address: text).check()
            count += 1
        }
        #expect(count > 500)
    }

    @Test(
        "At the edges",
        arguments: [
            (String(repeating: "a", count: 63) + ".org", true), (String(repeating: "a", count: 64) + ".org", false),
            (String(repeating: "a.", count: 126) + "b", true), (String(repeating: "a.", count: 126) + "bc", false),
            ("ab--c.org", false), ("a--c.org", true), ("abc--d.org", true), ("xn--r8jz45g.jp", false),
            ("a-.org", false), ("-a.org", false), ("a.org.", false), (".org", false), ("", false), ("a..b", false),
            ("mail.0x1f", false), ("192.0.2.1", false), ("1and1.com", true), ("a.b1", true), ("a.1b", false),
            ("Mail.org", false), ("mail", true),
        ])
    func edges(text: String, isPlain: Bool) {
        #expect(PlainName.isHost(text.utf8) == isPlain)
    }

    @Test("An address is the same whichever way it is read")
    func addresses() throws {
        var count = 0
        for text in words(["a", "B", "0", ".", "+", "-", "@", "@example.org", "xn--"], of: 6) {
            let whole = Result { () throws(MailCAError) in try EmailAddress(reading: text) }
            let read = Result { () throws(MailCAError) in try EmailAddress(text) }
            #expect((try? read.get()) == (try? whole.get()), "\(text)")
            if (try? read.get()) != nil { count += 1 }
        }
        #expect(count > 500)
    }
}
