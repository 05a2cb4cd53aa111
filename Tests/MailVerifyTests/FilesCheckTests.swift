import Foundation
import MailLayouts
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("Files and what they hold")
struct FilesCheckTests {
    static let mistakes: [Mistake] = [
        Mistake("No certificate", raises: ["certificate.missing"]) { $0.remove("cert.pem") },
        Mistake("No certificate", in: .selfSigned, raises: ["certificate.missing", "links.dangling"]) {
            $0.remove("cert.pem")
        },
        Mistake("No key", raises: ["key.missing"]) { $0.remove("privkey.pem") },
        Mistake("No key", in: .selfSigned, raises: ["key.missing"]) { $0.remove("privkey.pem") },
        Mistake("No CA certificates", raises: ["authorities.missing"]) { $0.remove("cacert.pem") },
        Mistake("No CA certificates, and the machine's CA", raises: ["authorities.missing"], knowsCA: true) {
            $0.remove("cacert.pem")
        },
        Mistake("A link to a certificate that is gone", raises: ["certificate.missing"]) {
            $0.remove("cert.pem")
            $0.link("cert.pem", to: "../live/cert.pem")
        },
        Mistake("A directory in place of the certificate", raises: ["certificate.unreadable"]) {
            $0.remove("cert.pem")
            mkdir($0.certs.appending("cert.pem").string, 0o700)
        },
        Mistake("A pipe in place of the key", raises: ["key.unreadable"]) {
            $0.remove("privkey.pem")
            mkfifo($0.certs.appending("privkey.pem").string, 0o600)
        },
        Mistake("A directory in place of the CA certificates", raises: ["authorities.unreadable"]) {
            $0.remove("cacert.pem")
            mkdir($0.certs.appending("cacert.pem").string, 0o700)
        },
        Mistake("Garbage in place of the certificate", raises: ["certificate.malformed"]) {
            try $0.write("garbage\n", to: "cert.pem")
        },
        Mistake("An empty certificate file", raises: ["certificate.malformed"]) { try $0.write("", to: "cert.pem") },
        Mistake("A certificate file that is cut off", raises: ["certificate.malformed"]) {
            try $0.write(String($0.read("cert.pem").dropLast(100)), to: "cert.pem")
        },
        Mistake("A certificate in DER", raises: ["certificate.malformed"]) {
            try $0.write($0.material.issued.certificate.der, to: "cert.pem")
        },
        Mistake("Garbage in place of the CA certificates", raises: ["authorities.malformed"]) {
            try $0.write("garbage\n", to: "cacert.pem")
        },
        Mistake("An encrypted key", raises: ["key.encrypted"]) {
            let key = try #require($0.material.issued.privateKey)
            try $0.write(key.encryptedPEM(passphrase: SecretBytes("secret".utf8)), to: "privkey.pem", mode: 0o600)
        },
        Mistake("A key in DER", raises: ["key.der"]) {
            let text = try $0.read("privkey.pem")
            try $0.write(try PEMBlock.blocks(in: Array(text.utf8))[0].bytes, to: "privkey.pem", mode: 0o600)
        },
        Mistake("A key whose private half was changed", raises: ["key.malformed"]) {
            try $0.write(
                try #require($0.material.issued.privateKey).damaged(), to: "privkey.pem", mode: 0o600)
        },
        Mistake("Garbage in place of the key", raises: ["key.malformed"]) {
            try $0.write("garbage\n", to: "privkey.pem", mode: 0o600)
        },
        Mistake("An empty key file", raises: ["key.malformed"]) { try $0.write("", to: "privkey.pem", mode: 0o600) },
        Mistake("The certificate in place of the key", raises: ["key.malformed"]) {
            try $0.write($0.read("cert.pem"), to: "privkey.pem", mode: 0o600)
        },
        Mistake("Nothing at all", in: .selfSigned, raises: ["certificate.missing", "key.missing"]) { fixture in
            for name in try FileContent.names(in: fixture.certs) { fixture.remove(name) }
        },
    ]

    @Test("Each file that is missing, or is not what its name says, is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A missing file is told with what Sendmail logs, and the command that makes it")
    func words() throws {
        for (layout, command) in [
            (Layout.selfSigned, "mailca self-signed mail.example.org --force"),
            (.rootAlone, "mailca issue-server mail.example.org --force"),
        ] {
            let fixture = try Fixture(.shared(layout))
            fixture.remove("privkey.pem")
            let finding = try #require(try fixture.findings().first)
            let path = fixture.certs.appending("privkey.pem").string
            #expect(finding.subject == path)
            #expect(finding.message.contains("STARTTLS=server: file \(path) unsafe: No such file or directory"))
            #expect(finding.remedy == command)
        }
    }
}
