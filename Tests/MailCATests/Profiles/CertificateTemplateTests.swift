import OpenSSLKit
import Testing

@testable import MailCA

@Suite("CertificateTemplate")
struct CertificateTemplateTests {
    private let office: Office
    private let long = String(repeating: "a", count: 60)

    init() throws {
        office = try Office(
            .init(name: "CA", domains: ["example.org"], addressBlocks: ["192.0.2.0/24", "2001:db8::/32"]))
    }

    @Test("The common name is the first host that fits into it")
    func firstThatFits() throws {
        let tooLong = "\(long).example.org"
        let fields = try office.authority.issue(.server(["192.0.2.7", tooLong, "mx.example.org", "mail.example.org"]))
            .fields
        #expect(fields.subject.commonName == "mx.example.org")
        #expect(fields.extensions.subjectAlternativeNames.count == 4)
    }

    @Test("A name of 64 characters fits, one of 65 does not")
    func limit() throws {
        for (count, fits) in [(64, true), (65, false)] {
            let name = String(repeating: "a", count: count - 12 - 4) + ".aaa.example.org"
            #expect(name.count == count)
            let fields = try office.authority.issue(.server([name])).fields
            #expect(fields.subject.commonName == (fits ? name : nil))
            #expect(fields.subject.isEmpty == !fits)
            #expect(fields.extensions.subjectAlternativeNames == [.dnsName(name)])
            #expect(fields.extensions.critical.contains(ExtensionIdentifier.subjectAlternativeName) == !fits)
        }
    }

    @Test("A server of IP addresses alone has no common name")
    func addressesOnly() throws {
        let fields = try office.authority.issue(.server(["192.0.2.7", "2001:db8::7"])).fields
        #expect(fields.subject.isEmpty)
        #expect(
            fields.extensions.subjectAlternativeNames == [
                .ipAddress([192, 0, 2, 7]),
                .ipAddress([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
            ])
        #expect(fields.extensions.critical.contains(ExtensionIdentifier.subjectAlternativeName))
    }

    @Test("A name that was given twice stands in it once")
    func duplicates() throws {
        let issued = try office.authority.issue(.server(["mail.example.org", "MAIL.example.org.", "mail.example.org"]))
        #expect(issued.fields.extensions.subjectAlternativeNames == [.dnsName("mail.example.org")])
        #expect(issued.names == ["mail.example.org"])
    }

    @Test("An address of 64 characters is a user's common name; a longer one is refused")
    func longAddress() throws {
        let local = String(repeating: "a", count: 64 - 12)
        let fits = "\(local)@example.org"
        #expect(fits.count == 64)
        #expect(try office.authority.issue(.client(fits)).fields.subject.commonName == fits)
        let error = try office.expectRefusal(.invalidName) {
            _ = try office.authority.issue(.client("a\(fits)"))
        }
        #expect(error.message.contains("65 characters"))
    }
}
