import OpenSSLKit
import TestSupport
import Testing

@Suite("GeneralName")
struct GeneralNameTests {
    private func certificate(_ names: [GeneralName]) throws -> Certificate {
        var extensions = CertificateExtensions()
        extensions.subjectAlternativeNames = names
        return try Draft(bare: extensions).signedAsIs()
    }

    private func read(_ names: [GeneralName]) throws -> [GeneralName] {
        try certificate(names).fields().extensions.subjectAlternativeNames
    }

    @Test("Every kind comes back from a certificate as it was given")
    func roundTrip() throws {
        let names: [GeneralName] = [
            .dnsName("mail.example.org"), .dnsName("*.example.org"), .rfc822Name("taro@example.org"),
            .ipAddress([192, 0, 2, 7]), .ipAddress([UInt8](repeating: 0xfe, count: 16)),
            .smtpUTF8Mailbox("用户@example.org"), .uniformResourceIdentifier("https://example.org/"),
            .directoryName(try DistinguishedName([.organization("Post"), .commonName("Zoë")])),
        ]
        #expect(try read(names) == names)
        for name in names { #expect(try read([name]) == [name]) }
    }

    @Test(
        "A hostile name stays one name",
        arguments: [
            "good.example.org,DNS:evil.test", "good.example.org, DNS:evil.test", "a\\,DNS:evil.test", "@section",
            "critical,DNS:evil.test", "dirName:x", "email:copy", "a;b#c=d", "${ENV::PATH}", " ", "",
        ])
    func hostile(text: String) throws {
        #expect(try read([.dnsName(text)]) == [.dnsName(text)])
        #expect(try read([.rfc822Name(text)]) == [.rfc822Name(text)])
    }

    @Test(
        "A name with a control character in it is malformed, with its bytes",
        arguments: [0x00, 0x0a, 0x1b, 0x7f] as [UInt8])
    func controlCharacters(byte: UInt8) throws {
        let bytes = Array("mail.example.org".utf8) + [byte] + Array(".evil.test".utf8)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(try read([.dnsName(text)]) == [.malformed(kind: 2, bytes: bytes)])
        #expect(try read([.rfc822Name(text)]) == [.malformed(kind: 1, bytes: bytes)])
        #expect(try read([.uniformResourceIdentifier(text)]) == [.malformed(kind: 6, bytes: bytes)])
        #expect(try read([.smtpUTF8Mailbox(text)]) == [.malformed(kind: 0, bytes: bytes)])
        #expect(try read([.dnsName(text)])[0].description == "malformed:\(bytes.hexadecimal())")
    }

    @Test("A DNS name with a byte that is not ASCII is malformed")
    func notASCII() throws {
        let good = try certificate([.dnsName("mail.example.org")])
        let bad = try Certificate(
            der: try replacing(Array("mail.ex".utf8), by: Array("mail.e".utf8) + [0xe4], in: good.der))
        let bytes = Array("mail.e".utf8) + [0xe4] + Array("ample.org".utf8)
        #expect(try bad.fields().extensions.subjectAlternativeNames == [.malformed(kind: 2, bytes: bytes)])
    }

    @Test("A mailbox whose bytes are no UTF-8 is malformed, and not mended into another name")
    func notUTF8() throws {
        let good = try certificate([.smtpUTF8Mailbox("用@example.org")])
        let bad = try Certificate(
            der: try replacing(Array("用@example".utf8), by: [0xff, 0xfe, 0xfd] + Array("@example".utf8), in: good.der))
        let bytes: [UInt8] = [0xff, 0xfe, 0xfd] + Array("@example.org".utf8)
        #expect(try bad.fields().extensions.subjectAlternativeNames == [.malformed(kind: 0, bytes: bytes)])
    }

    @Test("A string kind does not take letters that are not ASCII")
    func refusesToWrite() {
        for name in [GeneralName.dnsName("例え.jp"), .rfc822Name("josé@example.org"), .uniformResourceIdentifier("é")] {
            #expect(throws: OpenSSLError.self) { try certificate([name]) }
        }
    }

    @Test("What is only read is not written")
    func readOnly() {
        for name in [GeneralName.other(kind: 8), .malformed(kind: 2, bytes: [0])] {
            #expect(throws: OpenSSLError.self) { try certificate([name]) }
        }
    }

    @Test("Kinds that mail does not use are read as such")
    func otherKinds() throws {
        let pem = try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
            "-subj", "/CN=x", "-addext",
            "subjectAltName=RID:1.2.3.4,otherName:1.2.3.5;UTF8:a@example.org,DNS:example.org",
        ])
        let names = try Certificate.all(pem: Array(pem.utf8))[0].fields().extensions.subjectAlternativeNames
        #expect(names == [.other(kind: 8), .other(kind: 0), .dnsName("example.org")])
        #expect(names[0].description == "a name of kind 8")
    }

    @Test("Internationalised mailboxes are what OpenSSL calls SmtpUTF8Mailbox")
    func smtpUTF8() throws {
        let text = try openssl(
            ["x509", "-noout", "-ext", "subjectAltName"], input: certificate([.smtpUTF8Mailbox("用户@example.org")]).pem)
        #expect(text.contains("SmtpUTF8Mailbox::用户@example.org"))
    }

    @Test(
        "IPv6 addresses are printed as RFC 5952 says",
        arguments: [
            ("00000000000000000000000000000000", "::"), ("00000000000000000000000000000001", "::1"),
            ("20010db8000000000000000000000000", "2001:db8::"), ("20010db8000000000000000000000007", "2001:db8::7"),
            ("20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"),
            ("20010000000000010000000000000001", "2001:0:0:1::1"), ("00010000000000020000000000030004", "1::2:0:0:3:4"),
            ("000000000000000000000000c0000207", "::c000:207"),
            ("fe80000000000000abcdef0123456789", "fe80::abcd:ef01:2345:6789"),
            ("00010002000300040005000600070008", "1:2:3:4:5:6:7:8"),
            ("00000002000300040005000600070000", "0:2:3:4:5:6:7:0"),
        ])
    func ipv6(hexadecimal: String, text: String) {
        let bytes = stride(from: 0, to: 32, by: 2).compactMap { offset in
            UInt8(hexadecimal.dropFirst(offset).prefix(2), radix: 16)
        }
        #expect(GeneralName.ipAddress(bytes).description == "IP:\(text)")
        #expect(GeneralName.ipAddress(bytes + [UInt8](repeating: 0xff, count: 16)).description == "IP:\(text)/128")
    }

    @Test("The other kinds are printed as tools print them")
    func descriptions() throws {
        #expect(GeneralName.dnsName("mail.example.org").description == "DNS:mail.example.org")
        #expect(GeneralName.rfc822Name("taro@example.org").description == "email:taro@example.org")
        #expect(GeneralName.smtpUTF8Mailbox("用户@example.org").description == "email:用户@example.org")
        #expect(GeneralName.ipAddress([192, 0, 2, 7]).description == "IP:192.0.2.7")
        #expect(GeneralName.ipAddress([192, 0, 2, 0, 255, 255, 255, 0]).description == "IP:192.0.2.0/24")
        #expect(GeneralName.ipAddress([UInt8](repeating: 0, count: 32)).description == "IP:::/0")
        #expect(GeneralName.ipAddress([1, 2, 3]).description == "IP:010203")
        #expect(GeneralName.uniformResourceIdentifier("https://a/").description == "URI:https://a/")
        let directory = GeneralName.directoryName(try DistinguishedName([.commonName("x\n")]))
        #expect(directory.description == "directory:CN=x\\n")
    }

    @Test("An invisible character of a mailbox is shown in its description")
    func invisible() {
        let name = GeneralName.smtpUTF8Mailbox("a\u{202e}b\u{9b}@example.org")
        #expect(!name.description.unicodeScalars.contains("\u{202e}"))
        #expect(!name.description.unicodeScalars.contains("\u{9b}"))
    }
}
