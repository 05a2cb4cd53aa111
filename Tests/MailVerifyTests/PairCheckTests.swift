import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("Key and certificate")
struct PairCheckTests {
    static let mistakes: [Mistake] =
        Layout.allCases.map { layout in
            Mistake("A key of another certificate", in: layout, raises: ["pair.mismatch"]) {
                try $0.write(try PrivateKey.generate(.ecP256).text(), to: "privkey.pem", mode: 0o600)
            }
        } + others

    private static let others: [Mistake] = [
        Mistake("A key of another kind", raises: ["pair.mismatch"]) {
            try $0.write(try PrivateKey.generate(.ed25519).text(), to: "privkey.pem", mode: 0o600)
        },
        Mistake("The issuing CA before the server's certificate", in: .issuingCA, raises: ["chain.order"]) {
            let issued = $0.material.issued
            try $0.write((issued.intermediates + [issued.certificate]).map(\.pem).joined(), to: "cert.pem")
        },
    ]

    @Test("A key that does not belong to the first certificate is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A wrong order says where the server's own certificate is")
    func order() throws {
        let fixture = try Fixture(.shared(.issuingCA))
        let issued = fixture.material.issued
        try fixture.write((issued.intermediates + [issued.certificate]).map(\.pem).joined(), to: "cert.pem")
        let finding = try #require(try fixture.findings().first { $0.id == "chain.order" })
        #expect(finding.message.contains("number 2 in the file and has to be the first"))
        #expect(finding.message.contains("SSL_CTX_check_private_key failed("))
    }
}
