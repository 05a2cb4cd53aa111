import OpenSSLKit
import TestSupport
import Testing

@Suite("CertificateFields")
struct CertificateFieldsTests {
    @Test("A certificate of version 1 is seen as one")
    func version() throws {
        let good = try Draft(bare: CertificateExtensions()).signedAsIs()
        let old = try replacing([0xa0, 0x03, 0x02, 0x01, 0x02], by: [0xa0, 0x03, 0x02, 0x01, 0x00], in: good.der)
        #expect(try good.fields().version == 3)
        #expect(try Certificate(der: old).fields().version == 1)
    }

    @Test("A certificate of the greatest version that there is can be read")
    func greatestVersion() throws {
        let good = try #require(DERNode(try Draft(bare: CertificateExtensions()).signedAsIs().der))
        for number: UInt64 in [.max >> 1, .max, 1 << 62] {
            let der = good.replacing {
                $0 == DERNode(0xa0, [], [.integer(2)]) ? DERNode(0xa0, [], [.integer(number)]) : nil
            }
            #expect(try Certificate(der: der.encoded).fields().version != 3)
        }
    }

    @Test("A negative serial number, and the number zero, are not positive", arguments: [0x80, 0xff, 0x00] as [UInt8])
    func serialNumbers(byte: UInt8) throws {
        var draft = try Draft(bare: CertificateExtensions())
        draft.serialNumber = SerialNumber([0x2a])
        let good = try draft.signedAsIs()
        #expect(try good.fields().serialNumberIsPositive)
        let version: [UInt8] = [0xa0, 0x03, 0x02, 0x01, 0x02]
        let der = try replacing(version + [0x02, 0x01, 0x2a], by: version + [0x02, 0x01, byte], in: good.der)
        #expect(try !Certificate(der: der).fields().serialNumberIsPositive)
    }

    @Test("Its key can be had where an extension cannot be read")
    func malformedExtension() throws {
        var extensions = CertificateExtensions()
        extensions.subjectKeyIdentifier = [1, 2, 3]
        let good = try Draft(bare: extensions).signedAsIs()
        // The octets of a key identifier where basic constraints should be.
        let bad = try Certificate(
            der: try replacing([0x06, 0x03, 0x55, 0x1d, 0x0e], by: [0x06, 0x03, 0x55, 0x1d, 0x13], in: good.der))
        let error = try #require(#expect(throws: OpenSSLError.self) { try bad.fields() })
        #expect(error.description.contains("Basic Constraints"))
        #expect(error.description.contains("malformed"))
        #expect(try bad.publicKey() == good.publicKey())
        #expect(try bad.subject() == good.subject())
    }

    @Test("An extension that stands twice is refused")
    func twice() throws {
        var extensions = CertificateExtensions()
        extensions.subjectKeyIdentifier = [1, 2, 3]
        extensions.authorityKeyIdentifier = [1, 2, 3]
        let good = try Draft(bare: extensions).signedAsIs()
        let bad = try replacing([0x06, 0x03, 0x55, 0x1d, 0x23], by: [0x06, 0x03, 0x55, 0x1d, 0x0e], in: good.der)
        let error = try #require(#expect(throws: OpenSSLError.self) { try Certificate(der: bad).fields() })
        #expect(error.description.contains("it stands twice"))
    }
}
