import Testing

@testable import MailCA

@Suite("E-mail addresses")
struct EmailAddressTests {
    @Test(
        "An address keeps its local part and has its domain in lowercase A-labels",
        arguments: [
            ("taro@example.org", "taro@example.org"), ("Taro.Yamada+x@Example.ORG", "Taro.Yamada+x@example.org"),
            ("taro@例え.jp", "taro@xn--r8jz45g.jp"), ("太郎@例え.jp", "太郎@xn--r8jz45g.jp"),
            ("a/b@example.org", "a/b@example.org"),
            ("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"), ("-@example.org", "-@example.org"),
            ("o'neil@example.org", "o'neil@example.org"), ("user@example", "user@example"),
            ("josé@example.org", "josé@example.org"),
            ("иван+shop@example.org", "иван+shop@example.org"), ("ivan.иванов@example.org", "ivan.иванов@example.org"),
            ("taro@example.org.", "taro@example.org"), ("太郎taro@example.org", "太郎taro@example.org"),
            ("❤@example.org", "❤@example.org"),
        ])
    func reads(text: String, canonical: String) throws {
        let address = try EmailAddress(text)
        #expect(address.description == canonical)
        #expect(try EmailAddress(canonical) == address)
    }

    @Test(
        "An address is refused with what is wrong, and with what to do",
        arguments: [
            ("", "empty"), ("taro", "has no @"), ("taro＠example.org", "full-width"),
            ("taro﹫example.org", "full-width or small"),
            ("@example.org", "nothing before the @"), ("taro@", "nothing after the @"), ("@", "nothing before"),
            ("\"taro yamada\"@example.org", "quoted local part"), ("\"taro\"@example.org", "quoted local part"),
            ("\"a@b\"@example.org", "quoted local part"),
            ("user@[192.0.2.1]", "address literal"), ("user@[IPv6:2001:db8::1]", "address literal"),
            (".taro@example.org", "begins with a dot"), ("taro.@example.org", "ends with a dot"),
            ("ta..ro@example.org", "two dots together"),
            (".@example.org", "begins with a dot"), (".\u{301}taro@example.org", "begins with a dot"),
            ("ta ro@example.org", "a space (U+0020) as character 3"), (" taro@example.org", "a space"),
            ("taro@example.org ", "a space"),
            ("taro@ example.org", "a space"), ("ta\"ro@example.org", "holds U+0022"),
            ("ta\\ro@example.org", "holds \"\\\""), ("a,b@example.org", "holds \",\""),
            ("a@example.org,b@example.org", "another \"@\""), ("a@b@example.org", "another \"@\" as character 2"),
            ("a;b@example.org", "holds \";\""),
            ("a(b)@example.org", "holds \"(\""), ("a[b]@example.org", "holds \"[\""),
            ("a:b@example.org", "holds \":\""), ("a<b@example.org", "holds \"<\""),
            ("<>@example.org", "holds \"<\""), ("a>b@example.org", "holds \">\""), ("taro<@example.org", "holds \"<\""),
            ("ta\0ro@example.org", "a NUL character"), ("taro@example.org\0", "a NUL character"),
            ("taro@example.org\n", "a line break"),
            ("taro\r\nBcc:x@example.org", "a line break"), ("ta\tro@example.org", "a tab"),
            ("ta\u{7F}ro@example.org", "a control character"),
            ("ta\u{85}ro@example.org", "a line break"), ("ta\u{9B}ro@example.org", "a control character"),
            ("Taro <taro@example.org>", "angle brackets"), ("<taro@example.org>", "angle brackets"),
            ("\"T, Y\" <taro@example.org>", "angle brackets"),
            ("mailto:taro@example.org", "is a link"),
            ("taro@*.example.org", "wildcard"), ("taro@my_host.example", "the domain of"), ("taro@a..b", "label 2"),
            ("taro@-a.example", "hyphen"),
            ("taro@192.0.2.1", "IPv4 address"), ("taro@example.org:25", "holds \":\""),
            ("taro@pаypal.example", "mixes Latin and Cyrillic"),
            ("tаro@example.org", "mixes Latin and Cyrillic letters: character 2 is \"а\" (U+0430)"),
            ("tarο@example.org", "mixes Latin and Greek"),
            ("x.аdmin@example.org", "mixes Cyrillic and Latin"), ("ta\u{200B}ro@example.org", "an invisible character"),
            ("ta\u{202E}ro@example.org", "a direction-changing character"),
            ("ta\u{200D}ro@example.org", "an invisible"), ("taro\u{AD}@example.org", "an invisible"),
            ("ta\u{E0041}ro@example.org", "an invisible"), ("❤\u{FE0F}@example.org", "an invisible"),
            ("ta\u{E000}ro@example.org", "a private-use character"),
            ("ta\u{F0000}ro@example.org", "a private-use"), ("ta\u{378}ro@example.org", "an unassigned"),
            ("ta\u{FFFE}ro@example.org", "an unassigned"),
            ("ta\u{2028}ro@example.org", "a line break"), ("ta\u{3000}ro@example.org", "a space"),
            ("ta\u{A0}ro@example.org", "a space"),
            ("ｔａｒｏ@example.org", "another form"), ("𝐭𝐚𝐫𝐨@example.org", "another form"),
            ("taro①@example.org", "another form"), ("taro™@example.org", "another form"),
            ("\u{301}a@example.org", "combining mark"), ("a.\u{301}a@example.org", "combining mark"),
            ("ﾀﾛｳ@example.org", "another form"),
            ("a\u{37E}b@example.org", "holds \";\""),
        ])
    func refuses(text: String, reason: String) throws {
        let error = try #require(#expect(throws: MailCAError.self) { try EmailAddress(text) })
        #expect(error.code == .invalidName)
        #expect(error.message.contains(reason), "\(error.message)")
        #expect(error.hint?.isEmpty == false)
        #expect(error.message.unicodeScalars.allSatisfy { $0.isSeen || $0 == " " }, "\(error.message)")
    }

    @Test("An address with a display name is answered with the address alone")
    func displayName() throws {
        let error = try #require(#expect(throws: MailCAError.self) { try EmailAddress("Taro <taro@example.org>") })
        #expect(error.hint == "Give only the address: \"taro@example.org\".")
    }

    @Test("A mark after the @ cannot hide it")
    func markAfterAt() throws {
        let error = try #require(#expect(throws: MailCAError.self) { try EmailAddress("taro@\u{301}example.org") })
        #expect(error.message.contains("the domain of"), "\(error.message)")
    }

    @Test("A local part may have 64 octets, and an address 254, counted with the domain in ASCII")
    func lengths() throws {
        let local = String(repeating: "a", count: 64)
        let label = String(repeating: "d", count: 63)
        let domain = [label, label, String(repeating: "e", count: 61)].joined(separator: ".")
        #expect(try EmailAddress("\(local)@\(domain)").description.utf8.count == 254)
        #expect(try EmailAddress(String(repeating: "é", count: 32) + "@example.org").localPart.utf8.count == 64)
        for (text, reason) in [
            ("a\(local)@example.org", "65 octets, and 64"),
            (String(repeating: "é", count: 33) + "@example.org", "66 octets, and 64"),
            ("\(local)@\(domain)e", "255 octets, and 254"),
            ("\(local)@" + String(repeating: "例。", count: 30) + "jp", "254 are the most"),
            (String(repeating: "a", count: 1_000_000) + "@example.org", "254 are the most"),
            (String(repeating: "@", count: 4000) + "a", "another \"@\""),
        ] {
            let error = try #require(#expect(throws: MailCAError.self) { try EmailAddress(text) })
            #expect(error.message.contains(reason), "\(error.message)")
        }
    }

    @Test("A local part outside ASCII makes an address internationalized, a domain outside ASCII does not")
    func internationalized() throws {
        #expect(try EmailAddress("太郎@example.org").isInternationalized)
        #expect(try !EmailAddress("taro@例え.jp").isInternationalized)
    }

    @Test("A local part is normalized to NFC, octet for octet")
    func normalized() throws {
        let address = try EmailAddress("jose\u{301}.\u{1112}\u{1161}\u{11AB}@example.org")
        #expect(Array(address.localPart.utf8) == Array("jos\u{E9}.\u{D55C}".utf8))
        #expect(try EmailAddress("\u{212A}@example.org").description == "K@example.org")
    }

    @Test("The ledger finds an address whatever the case of its ASCII letters")
    func lookupKey() throws {
        #expect(try EmailAddress("Taro.Y@EXAMPLE.org").lookupKey == "taro.y@example.org")
        #expect(try EmailAddress("ÉA@example.org").lookupKey == "Éa@example.org")
        #expect(try EmailAddress("Taro@example.org") != EmailAddress("taro@example.org"))
    }

    @Test("A domain of a single label is read, and known to be one")
    func singleLabel() throws {
        #expect(try !EmailAddress("user@example").domain.isFullyQualified)
        #expect(try EmailAddress("user@example.org").domain.isFullyQualified)
    }
}
