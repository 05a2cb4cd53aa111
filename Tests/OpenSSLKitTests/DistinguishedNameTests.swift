import OpenSSLKit
import Testing

@Suite("DistinguishedName")
struct DistinguishedNameTests {
    private func certificate(_ attributes: [DistinguishedName.Attribute]) throws -> Certificate {
        try Draft(bare: CertificateExtensions(), subject: attributes).signedAsIs()
    }

    private func certificate(openSSLSubject subject: String) throws -> Certificate {
        let pem = try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
            "-utf8", "-subj", subject,
        ])
        return try Certificate.all(pem: Array(pem.utf8))[0]
    }

    @Test(
        "A name comes back from a certificate as it was given",
        arguments: [
            [.organization("Example"), .commonName("mail.example.org")], [.commonName("メール認証局")],
            [.init("C", "DE"), .organization("Post & Söhne, Inc."), .commonName("a/b=c+d\"e\\f")],
            [.commonName("one"), .commonName("two")], [.init("1.2.3.4", "of no known type")], [],
            [.init("DC", "org"), .init("DC", "example"), .init("emailAddress", "post@example.org")],
        ] as [[DistinguishedName.Attribute]])
    func roundTrip(attributes: [DistinguishedName.Attribute]) throws {
        let name = try DistinguishedName(attributes)
        #expect(name.attributes == attributes)
        #expect(name.isEmpty == attributes.isEmpty)
        let read = try certificate(attributes).subject()
        #expect(read == name)
        #expect(read.attributes == attributes)
    }

    @Test("The common name is the last one, and nil where there is none")
    func commonName() throws {
        #expect(
            try DistinguishedName([.commonName("one"), .organization("o"), .commonName("two")]).commonName == "two")
        #expect(try DistinguishedName([.organization("o")]).commonName == nil)
    }

    @Test("Names are UTF8Strings, a country is a PrintableString, mail an IA5String")
    func stringTypes() throws {
        let text = try openssl(
            ["asn1parse"],
            input: certificate([.init("C", "DE"), .commonName("plain"), .init("emailAddress", "a@example.org")]).pem)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.contains("PRINTABLESTRING") && $0.hasSuffix(":DE") })
        #expect(lines.contains { $0.contains("UTF8STRING") && $0.hasSuffix(":plain") })
        #expect(lines.contains { $0.contains("IA5STRING") && $0.hasSuffix(":a@example.org") })
    }

    @Test("A common name has at most 64 characters, whatever their bytes")
    func longCommonName() throws {
        for letter in ["a", "ü", "証"] {
            let longest = String(repeating: letter, count: 64)
            #expect(try DistinguishedName([.commonName(longest)]).commonName == longest)
            let error = try #require(
                #expect(throws: OpenSSLError.self) { try DistinguishedName([.commonName(longest + letter)]) })
            #expect(error.operation == "put CN into a name")
            #expect(error.description.contains("too long"))
        }
    }

    @Test(
        "Values that their types do not allow are refused",
        arguments: [
            .init("C", "DEU"), .init("C", "D"), .commonName(""), .init("noSuchType", "x"), .init("", "x"),
            .init("DC", "exämple"),
        ] as [DistinguishedName.Attribute])
    func refused(attribute: DistinguishedName.Attribute) {
        #expect(throws: OpenSSLError.self) { try DistinguishedName([attribute]) }
    }

    @Test(
        "The description shows control and invisible characters instead of sending them to the terminal",
        arguments: [
            ("a\u{1b}[2Jb", "CN=a\\u{1B}[2Jb"), ("a\nb", "CN=a\\nb"), ("a\0b", "CN=a\\0b"),
            ("a\u{202e}b", "CN=a\\u{202E}b"), ("a\u{200b}b", "CN=a\\u{200B}b"), ("a\u{9b}b", "CN=a\\u{009B}b"),
        ])
    func controlCharacters(value: String, text: String) throws {
        let name = try DistinguishedName([.commonName(value)])
        #expect(name.description == text)
        #expect(try certificate([.commonName(value)]).subject().description == text)
    }

    @Test("The description lists the attributes in their order")
    func description() throws {
        let name = try DistinguishedName([.organization("Post"), .commonName("Zoë")])
        #expect(name.description == "O=Post, CN=Zoë")
        #expect(try DistinguishedName([]).description == "")
        #expect(try DistinguishedName([.init("1.2.3.4", "x")]).description == "1.2.3.4=x")
    }

    @Test("Several attributes in one part of a name are all listed")
    func severalInOne() throws {
        let name = try certificate(openSSLSubject: "/O=Post/CN=a+UID=b").subject()
        #expect(Set(name.attributes) == [.organization("Post"), .commonName("a"), .init("UID", "b")])
        #expect(name.attributes.first == .organization("Post"))
    }

    @Test("The line that Sendmail looks up has slashes, and escapes what is not ASCII")
    func oneLine() throws {
        let name = try DistinguishedName([.organization("Post"), .commonName("Zoë a@example.org")])
        #expect(try name.oneLine() == "/O=Post/CN=Zo\\xC3\\xAB a@example.org")
        #expect(try DistinguishedName([.init("emailAddress", "a@b")]).oneLine() == "/emailAddress=a@b")
        #expect(try DistinguishedName([.commonName("a\0\n\u{1b}")]).oneLine() == "/CN=a\\x00\\x0A\\x1B")
    }

    @Test(
        "The stem of a link is OpenSSL's hash",
        arguments: [
            [.commonName("Example Mail CA")], [.organization("Example"), .commonName("  Two   SPACES ")],
            [.commonName("メール認証局")], [.init("C", "DE"), .organization("Post & Söhne"), .commonName("x")],
        ] as [[DistinguishedName.Attribute]])
    func linkHash(attributes: [DistinguishedName.Attribute]) throws {
        let certificate = try certificate(attributes)
        let expected = try openssl(["x509", "-noout", "-hash"], input: certificate.pem)
        #expect(try certificate.subject().linkHash() == words(expected))
        #expect(try DistinguishedName(attributes).linkHash() == words(expected))
    }

    @Test("A hash that begins with zeros still has eight digits")
    func linkHashWithZeros() throws {
        let found = try (0..<1_000).lazy.map { "CA \($0)" }.first {
            try DistinguishedName([.commonName($0)]).linkHash().hasPrefix("0")
        }
        let attributes = [DistinguishedName.Attribute.commonName(try #require(found))]
        let hash = try DistinguishedName(attributes).linkHash()
        #expect(hash.count == 8)
        #expect(try words(openssl(["x509", "-noout", "-hash"], input: certificate(attributes).pem)) == hash)
    }
}
