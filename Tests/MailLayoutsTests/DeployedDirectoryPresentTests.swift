import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import TestSupport
import Testing

@Suite("The certificate that lies where a mail server reads it")
struct DeployedDirectoryPresentTests {
    private let ca: TestAuthority
    private let scratch: TemporaryDirectory
    private let issued: IssuedCertificate

    init() throws {
        ca = try TestAuthority()
        scratch = try TemporaryDirectory()
        issued = try ca.authority.issue(.server(["mx.example.org"]))
        try scratch.write(issued.chainPEM, to: "cert.pem")
        let key = try #require(issued.privateKey)
        try scratch.write(try key.pem().withBytes { String(decoding: $0, as: UTF8.self) }, to: "privkey.pem")
    }

    private func found(certificate: SerialNumber? = nil) throws -> Deployment {
        try DeployedDirectory(Deployment(directory: scratch.path, certificate: certificate, reload: true))
            .asFound(by: ca.authority.ledger)
    }

    @Test("It is the one of the deployment, whatever the ledger says, with its key or without one")
    func present() throws {
        let expected = Deployment(directory: scratch.path, certificate: issued.serialNumber, reload: true)
        #expect(try found() == expected)
        #expect(try found(certificate: SerialNumber([7])) == expected)
        unlink(scratch.file("privkey.pem"))
        #expect(try found() == expected)
    }

    @Test("What is not the CA's, or has another's key, or is not there, changes nothing")
    func others() throws {
        let old = SerialNumber([7])
        try scratch.write(
            try PrivateKey.generate(.ecP256).pem().withBytes { String(decoding: $0, as: UTF8.self) }, to: "privkey.pem")
        #expect(try found(certificate: old).certificate == old)
        unlink(scratch.file("privkey.pem"))
        for text in [
            try TestAuthority().authority.issue(.server(["mx.example.org"])).chainPEM,
            try ca.authority.issue(.client("taro@example.org")).chainPEM, ca.authority.root.pem, "garbage",
        ] {
            try scratch.write(text, to: "cert.pem")
            #expect(try found(certificate: old).certificate == old)
        }
        unlink(scratch.file("cert.pem"))
        #expect(try found(certificate: old).certificate == old)
    }
}
