import MailCA
import OpenSSLKit
import Testing

@Suite("Authority requests")
struct AuthorityRequestsTests {
    private let office: Office
    private let key: PrivateKey
    private var ca: Authority { office.authority }

    init() throws {
        office = try Office()
        key = try .generate(.ecP256)
    }

    @Test("A request gives its key, and nothing else of it is believed")
    func keyAlone() throws {
        let issued = try ca.issue(.server(["mail.example.org"], key: .rsa4096, request: request(for: key)))
        #expect(issued.fields.publicKey == key.publicKey)
        #expect(issued.privateKey == nil)
        #expect(issued.fields.subject.description == "CN=mail.example.org")
        #expect(issued.fields.extensions.subjectAlternativeNames == [.dnsName("mail.example.org")])
    }

    @Test("A holder may come again with the same key, for the same names")
    func again() throws {
        let first = try ca.issue(.client("taro@example.org", request: request(for: key)))
        let second = try ca.issue(.client("TARO@example.org", request: request(for: key)))
        #expect(first.serialNumber != second.serialNumber)
        try ca.revoke(second.serialNumber, reason: .superseded)
        #expect(throws: Never.self) { try ca.issue(.client("taro@example.org", request: request(for: key))) }
    }

    @Test("A key that another holder has is refused, also for a server and where it was revoked")
    func otherHolder() throws {
        let first = try ca.issue(.client("taro@example.org", request: request(for: key)))
        let wishes: [CertificateParameters] = [
            .client("hanako@example.org", request: try request(for: key)),
            .server(["mail.example.org"], request: try request(for: key)),
        ]
        for wish in wishes {
            let error = try office.expectRefusal(.invalidRequest) { _ = try ca.issue(wish) }
            #expect(error.message.contains("taro@example.org"))
        }
        try ca.revoke(first.serialNumber, reason: .cessationOfOperation)
        for wish in wishes { try office.expectRefusal(.invalidRequest) { _ = try ca.issue(wish) } }
    }

    @Test("Two holders cannot come with one key in the same breath")
    func otherHolderAtOnce() throws {
        try office.expectRefusal(.invalidRequest) {
            _ = try ca.issue([
                .client("taro@example.org", request: request(for: key)),
                .client("hanako@example.org", request: request(for: key)),
            ])
        }
    }

    @Test("The CA's own key is refused, the root's as well as the issuing CA's", arguments: [false, true])
    func authoritysKey(offlineRoot: Bool) throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: offlineRoot))
        for member in office.members {
            let error = try office.expectRefusal(.invalidRequest) {
                _ = try office.authority.issue(.server(["mail.example.org"], request: request(for: member.key)))
            }
            #expect(error.message.contains("the CA's own"))
        }
    }

    @Test("A key is the same key also where its point is compressed")
    func compressedPoint() throws {
        let text = try openssl(["ec", "-conv_form", "compressed"], input: office.members[0].key.plainText())
        let pem = try openssl(["req", "-new", "-key", "/dev/stdin", "-subj", "/CN=x"], input: text)
        let compressed = try CertificateRequest(pemOrDER: Array(pem.utf8))
        #expect(compressed.signatureIsValid)
        try office.expectRefusal(.invalidRequest) {
            _ = try ca.issue(.server(["mail.example.org"], request: compressed))
        }
    }

    @Test("A request that was tampered with is refused")
    func tampered() throws {
        var der = try PEMBlock.blocks(in: Array(request(for: key).pem().utf8))[0].bytes
        der[der.count - 1] ^= 1
        let forged = try CertificateRequest(der: der)
        let error = try office.expectRefusal(.invalidRequest) {
            _ = try ca.issue(.server(["mail.example.org"], request: forged))
        }
        #expect(error.message.contains("not signed with the key"))
    }

    @Test(
        "A key of a weak or unknown kind is refused, with the list of good ones",
        arguments: [
            ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        ])
    func weakKey(options: [String]) throws {
        let weak = try request(openSSLKey: options)
        let error = try office.expectRefusal(.invalidRequest) {
            _ = try ca.issue(.client("taro@example.org", request: weak))
        }
        #expect(error.hint?.contains("ec-p256") == true)
    }

    @Test("An RSA key with a small exponent is refused")
    func smallExponent() throws {
        let weak = try request(
            openSSLKey: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"])
        let error = try office.expectRefusal(.invalidRequest) {
            _ = try ca.issue(.client("taro@example.org", request: weak))
        }
        #expect(error.message.contains("exponent"))
    }

    @Test("A key that was reported as compromised never comes back")
    func compromised() throws {
        let first = try ca.issue(.client("taro@example.org", request: request(for: key)))
        try ca.revoke(first.serialNumber, reason: .keyCompromise)
        let error = try office.expectRefusal(.invalidRequest) {
            _ = try ca.issue(.client("taro@example.org", request: request(for: key)))
        }
        #expect(error.message.contains(first.serialNumber.description))
    }
}
