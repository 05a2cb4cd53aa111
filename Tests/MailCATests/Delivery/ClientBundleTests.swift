import MailCA
import OpenSSLKit
import Testing

@Suite("ClientBundle")
struct ClientBundleTests {
    private let password = SecretBytes(Array("correct horse".utf8))

    @Test(
        "The PKCS #12 file holds the key, the certificate and the whole chain", arguments: [false, true],
        PKCS12.Protection.allCases)
    func pkcs12(offlineRoot: Bool, protection: PKCS12.Protection) throws {
        let office = try Office(.init(name: "CA", domains: ["example.org"], offlineRoot: offlineRoot))
        let issued = try office.authority.issue(.client("taro@example.org", fullName: "Yamada Tarō", device: "phone"))
        let file = try ClientBundle(issued).pkcs12(password: password, protection: protection)
        let read = try PKCS12(der: file, password: password)
        #expect(read.certificate == issued.certificate)
        #expect(read.key.matches(issued.fields.publicKey))
        #expect(read.chain == office.authority.certificates)
        #expect(read.friendlyName == "Yamada Tarō <taro@example.org> (phone)")
        #expect(throws: PrivateKeyError.wrongPassphrase) {
            try PKCS12(der: file, password: SecretBytes(Array("wrong".utf8)))
        }
    }

    @Test("It is shown by address, and by name and device where they are known")
    func friendlyName() throws {
        let ca = try Office().authority
        func name(_ parameters: CertificateParameters) throws -> String {
            try ClientBundle(ca.issue(parameters)).friendlyName
        }
        #expect(try name(.client("taro@example.org")) == "taro@example.org")
        #expect(try name(.client("taro@example.org", device: "phone")) == "taro@example.org (phone)")
        #expect(try name(.client("taro@example.org", fullName: "Tarō")) == "Tarō <taro@example.org>")
    }

    @Test("The key alone is PEM that is not encrypted")
    func pem() throws {
        let issued = try Office().authority.issue(.client("taro@example.org"))
        let pem = try ClientBundle(issued).privateKeyPEM().withBytes { [UInt8]($0) }
        #expect(try PrivateKey(pem: pem).matches(issued.fields.publicKey))
    }

    @Test("Where a request kept the key to itself there is no file with it")
    func request() throws {
        let wish = try CertificateParameters.client(
            "taro@example.org", request: MailCATests.request(for: .generate(.ecP256)))
        let bundle = ClientBundle(try Office().authority.issue(wish))
        for work in [
            { _ = try bundle.pkcs12(password: password, protection: .modern) }, { _ = try bundle.privateKeyPEM() },
        ] as [() throws -> Void] {
            let error = try #require(#expect(throws: MailCAError.self) { try work() })
            #expect(error.code == .notFound)
            #expect(error.message.contains("taro@example.org"))
        }
    }
}
