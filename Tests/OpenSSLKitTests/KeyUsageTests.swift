import OpenSSLKit
import Testing

@Suite("KeyUsage")
struct KeyUsageTests {
    @Test(
        "Each bit is the standard's, under OpenSSL's eyes too",
        arguments: [
            (KeyUsage.digitalSignature, 0, "digitalSignature", "Digital Signature"),
            (.nonRepudiation, 1, "nonRepudiation", "Non Repudiation"),
            (.keyEncipherment, 2, "keyEncipherment", "Key Encipherment"),
            (.dataEncipherment, 3, "dataEncipherment", "Data Encipherment"),
            (.keyAgreement, 4, "keyAgreement", "Key Agreement"),
            (.keyCertSign, 5, "keyCertSign", "Certificate Sign"), (.cRLSign, 6, "cRLSign", "CRL Sign"),
            (.encipherOnly, 7, "encipherOnly", "Encipher Only"), (.decipherOnly, 8, "decipherOnly", "Decipher Only"),
        ])
    func bits(usage: KeyUsage, bit: Int, name: String, words openSSLName: String) throws {
        #expect(usage.rawValue == 1 << bit)
        #expect(usage.description == name)
        var extensions = CertificateExtensions()
        extensions.keyUsage = usage
        let certificate = try Draft(bare: extensions).signedAsIs()
        #expect(try certificate.fields().extensions.keyUsage == usage)
        let text = try openssl(["x509", "-noout", "-ext", "keyUsage"], input: certificate.pem)
        #expect(words(text) == "X509v3 Key Usage: critical \(openSSLName)")
    }

    @Test("Every combination comes back from a certificate")
    func combinations() throws {
        for bits in stride(from: 1, to: 512, by: 13) {
            var extensions = CertificateExtensions()
            extensions.keyUsage = KeyUsage(rawValue: bits)
            #expect(try Draft(bare: extensions).builder().fields().extensions.keyUsage == KeyUsage(rawValue: bits))
        }
    }

    @Test("Several are listed in the order of their bits")
    func description() {
        #expect(KeyUsage([.cRLSign, .keyCertSign]).description == "keyCertSign, cRLSign")
        #expect(KeyUsage([]).description == "")
    }

    @Test("Extended usages have the identifiers that OpenSSL knows by the same name")
    func extendedUsages() throws {
        let usages: [(ExtendedKeyUsage, String)] = [
            (.serverAuth, "serverAuth"), (.clientAuth, "clientAuth"), (.emailProtection, "emailProtection"),
            (.ocspSigning, "OCSPSigning"), (.any, "anyExtendedKeyUsage"),
        ]
        let pem = try openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
            "-subj", "/CN=x", "-addext", "extendedKeyUsage=\(usages.map(\.1).joined(separator: ","))",
        ])
        let read = try Certificate.all(pem: Array(pem.utf8))[0].fields().extensions.extendedKeyUsage
        #expect(read == usages.map(\.0))
        #expect(read.map(\.description) == usages.map(\.1))
        #expect(ExtendedKeyUsage(identifier: "1.2.3").description == "1.2.3")
    }
}
