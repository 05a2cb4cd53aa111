import OpenSSLKit
import Testing

@Suite("Plain PEM")
struct PlainPEMTests {
    @Test("What is written here reads back, of any length, one block or several")
    func roundTrip() {
        for count in [1, 2, 3, 47, 48, 49, 95, 96, 97, 1_000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let text = PEMBlock(label: "CERTIFICATE", bytes: bytes).text
            #expect(PlainPEM.certificates(Array(text.utf8)) == [bytes])
            #expect(PlainPEM.certificates(Array((text + text).utf8)) == [bytes, bytes])
        }
    }

    @Test(
        "What OpenSSL may read in its own way is left to it",
        arguments: [
            "", "text\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAA=A\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAB=\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAA==\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAA!A\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n",
            "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n",
            "-----BEGIN CERTIFICATE-----\n\nAAAA\n-----END CERTIFICATE-----\n",
        ])
    func others(text: String) { #expect(PlainPEM.certificates(Array(text.utf8)) == nil) }
}
