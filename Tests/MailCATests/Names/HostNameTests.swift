import Testing

@testable import MailCA

@Suite("Host names")
struct HostNameTests {
    @Test(
        "A name is read into lowercase A-labels without a final dot",
        arguments: [
            ("mail.example.org", "mail.example.org"), ("MAIL.Example.ORG.", "mail.example.org"),
            ("localhost", "localhost"),
            ("例え.jp", "xn--r8jz45g.jp"), ("例え。テスト", "xn--r8jz45g.xn--zckzah"), ("ｍａｉｌ．example｡org", "mail.example.org"),
            ("straße.example", "xn--strae-oqa.example"), ("XN--R8JZ45G.JP", "xn--r8jz45g.jp"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"), ("*.example.org", "*.example.org"),
            ("*.例え.jp", "*.xn--r8jz45g.jp"),
            ("1.example.org", "1.example.org"), ("3com.com", "3com.com"), ("a.b-c.d", "a.b-c.d"),
            ("1and1.de", "1and1.de"),
            ("日本メールmail.jp", "xn--mail-kt4c8b7f4830cdoc.jp"), ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("0x.example", "0x.example"),
            ("क्\u{200D}ष.example", "xn--11b2ezcw70k.example"), ("7.1ab", "7.1ab"),
            ("نامه\u{200C}ای.example", "xn--mgba3gch31f060k.example"),
        ])
    func reads(text: String, ascii: String) throws {
        let name = try HostName(text)
        #expect(name.ascii == ascii)
        #expect(name.description == ascii)
        #expect(try HostName(ascii) == name)
    }

    @Test(
        "A name is refused with what is wrong, and with what to do",
        arguments: [
            ("", "empty"), (".", "label 1 of \".\" is empty"), ("a..b", "label 2 of \"a..b\" is empty"),
            (".example.org", "label 1"),
            ("example.org..", "label 3"), ("a.。b", "label 2"), ("my_host.example.org", "label 1 (\"my_host\")"),
            ("a.my_host.example", "underscore as character 3"), ("a＿b.example", "underscore"),
            ("_dmarc.example.org", "underscore"),
            ("é_b.example", "underscore"),
            ("-a.example", "begins with a hyphen"), ("a-.example", "ends with a hyphen"),
            ("é-.example", "ends with a hyphen"),
            ("x.-.example", "label 2"), ("ab--cd.example", "third and fourth"), ("éé--x.example", "third and fourth"),
            ("a\0.example.org", #"a NUL character (U+0000) as character 2"#), ("a\n.example", "a line break"),
            ("a\r\nb.example", "a line break"), ("mail.example.org\n", "a line break"), ("a\t.example", "a tab"),
            ("a\u{7F}.example", "a control character"), ("a\u{1B}[2J.example", "a control character"),
            ("a\u{85}.example", "a line break"),
            (" mail.example.org", "a space"), ("mail .example.org", "a space (U+0020) as character 5"),
            ("a\u{A0}b.example", "a space"),
            ("a\u{3000}b.example", "a space"), ("a\u{200B}b.example", "an invisible character"),
            ("a\u{AD}b.example", "an invisible"),
            ("a\u{202E}b.example", "a direction-changing character"), ("a\u{FEFF}.example", "an invisible"),
            ("a\u{FE0F}.example", "an invisible"),
            ("a\u{E000}.example", "a private-use character"), ("a\u{378}.example", "an unassigned code point"),
            ("a\u{FFFF}.example", "unassigned"),
            ("a\u{3164}b.example", "an invisible"), ("a\u{2028}b.example", "a line break"), ("\u{200D}", "label 1"),
            ("a\u{200D}b.example", "joiner"),
            ("\"mail\".example", "a quotation mark"), ("mail'.example", "a quotation mark"),
            ("`id`.example", "a quotation mark"),
            ("*", "fewer than two labels"), ("*.", "fewer than two labels"), ("*.org", "fewer than two labels"),
            ("*.*.example.org", "label 2"),
            ("a*.example.org", "leftmost"), ("*a.example.org", "leftmost"), ("mail.*.org", "leftmost"),
            ("**.example.org", "leftmost"),
            ("＊.example.org", "leftmost"), ("é*.example.org", "leftmost"),
            ("192.0.2.1", "IPv4 address"), ("１９２.0.2.1", "IPv4 address"), ("mail.1", "is a number"),
            ("12345", "is a number"), ("mail.0x7f", "is a number"),
            ("0x7f000001", "is a number"), ("*.0.2.1", "is a number"), ("mail.example.1.", "is a number"),
            ("a.①", "is a number"),
            ("user@example.org", "e-mail address"), ("https://mail.example.org/", "holds \"/\""),
            ("mail.example.org/x", "holds \"/\""),
            ("mail.example.org:25", "holds \":\""), ("mail.example.org, b", "a space"), ("a,b.example", "holds \",\""),
            ("a$(id).example", "holds \"$\""),
            ("a\\b.example", "holds \"\\\""), ("a;b.example", "holds \";\""), ("a%00.example", "holds \"%\""),
            ("℀.example", "holds \"/\""),
            ("pаypal.example", "mixes Latin and Cyrillic letters: character 2 is \"а\" (U+0430)"),
            ("gοogle.example", "mixes Latin and Greek"),
            ("αбв.example", "mixes Greek and Cyrillic"), ("xn--pypal-4ve.example", "which stands for \"pаypal\""),
            ("☃.example", "\"☃\" (U+2603) as character 1"), ("i❤.example", "as character 2"),
            ("xn--ls8h.example", "not a valid A-label"),
            ("xn--.example", "ends with a hyphen"), ("xn--a.example", "not a valid A-label"),
            ("xn--abc-.example", "ends with a hyphen"),
            ("xn--0.example", "not a valid A-label"), ("xn--é.example", "invalid punycode"),
            ("xn--example-.org", "ends with a hyphen"),
            ("\u{301}a.example", "combining mark"), ("אa.example", "writing directions"), ("a·b.example", "appendix A"),
            ("xn--ab-0ea.example", "not a valid A-label"),
        ])
    func refuses(text: String, reason: String) throws {
        let error = try #require(#expect(throws: MailCAError.self) { try HostName(text) })
        #expect(error.code == .invalidName)
        #expect(error.message.contains(reason), "\(error.message)")
        #expect(error.hint?.isEmpty == false)
        #expect(error.message.unicodeScalars.allSatisfy { $0.isSeen || $0 == " " }, "\(error.message)")
    }

    @Test("A label may have 63 characters and a name 253, counted in ASCII")
    func lengths() throws {
        let label = String(repeating: "a", count: 63)
        let longest = [label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")
        #expect(try HostName(longest).ascii.utf8.count == 253)
        #expect(try HostName(longest + ".").ascii.utf8.count == 253)
        #expect(try HostName("*." + longest.dropFirst(2)).isWildcard)
        for (text, reason) in [
            (label + "a.example", "it has 64, and 63"), (longest + "b", "253 is the most"),
            ("*." + longest, "253 is the most"),
            (String(repeating: "é", count: 63) + ".example", "63 characters are the most"),
            (String(repeating: "a.", count: 100_000), "253 is the most"),
            (String(repeating: "é", count: 1000), "63 characters"),
        ] {
            let error = try #require(#expect(throws: MailCAError.self) { try HostName(text) })
            #expect(error.message.contains(reason), "\(error.message)")
            #expect(error.message.unicodeScalars.count < 400)
        }
    }

    @Test("A name knows its labels, and whether it is a wildcard or a single label")
    func parts() throws {
        let wildcard = try HostName("*.mail.example.org")
        #expect(wildcard.labels == ["*", "mail", "example", "org"])
        #expect(wildcard.isWildcard)
        #expect(wildcard.isFullyQualified)
        let short = try HostName("localhost.")
        #expect(short.labels == ["localhost"])
        #expect(!short.isWildcard)
        #expect(!short.isFullyQualified)
    }

    @Test("A-labels are decoded to be shown")
    func unicode() throws {
        #expect(try HostName("*.XN--r8jz45g.jp").unicode == "*.例え.jp")
        #expect(try HostName("faß.example").unicode == "faß.example")
        #expect(try HostName("Mail.Example").unicode == "mail.example")
    }

    @Test("A domain has itself and its subdomains within, and no name that merely ends alike")
    func within() throws {
        let domain = try HostName("example.org")
        for name in ["example.org", "a.example.org", "a.b.example.org", "*.example.org", "*.a.example.org"] {
            #expect(try HostName(name).isWithin(domain), "\(name)")
        }
        for name in ["org", "badexample.org", "example.org.evil.test", "example.com", "*.badexample.org"] {
            #expect(try !HostName(name).isWithin(domain), "\(name)")
        }
    }

    @Test("Names are in the order of their ASCII form")
    func order() throws {
        #expect(
            try [HostName("b.example"), HostName("A.example")].sorted().map(\.ascii) == ["a.example", "b.example"])
    }
}
