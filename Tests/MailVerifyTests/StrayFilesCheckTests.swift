import Foundation
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("What does not belong there")
struct StrayFilesCheckTests {
    static let mistakes: [Mistake] = [
        Mistake("A change that was stopped", raises: ["directory.interrupted"]) {
            try $0.write("half", to: ".mailca-0011223344556677", mode: 0o600)
        },
        Mistake("A readable key beside", in: .selfSigned, raises: ["key.stray"]) {
            try $0.write($0.read("privkey.pem"), to: "old.key", mode: 0o644)
        },
        Mistake("A key beside that the group can read", raises: ["key.stray"]) {
            try $0.write($0.read("privkey.pem"), to: "privkey.pem.20260101T000000Z", mode: 0o640)
        },
        Mistake("The key in the certificate's file", raises: ["key.stray"]) {
            try $0.write($0.read("cert.pem") + $0.read("privkey.pem"), to: "cert.pem")
        },
        Mistake("A hidden key in an older form", raises: ["key.stray"]) {
            let block = PEMBlock(label: "RSA PRIVATE KEY", bytes: [1, 2, 3])
            try $0.write("text before\n" + block.text, to: ".hidden", mode: 0o604)
        },
    ]

    @Test("A key that others can read, and a change that was not ended, are found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("Old pairs, encrypted keys, directories, pipes and files of other programs are no mistake")
    func harmless() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        try fixture.write(fixture.read("privkey.pem"), to: "privkey.pem.20260101T000000Z", mode: 0o600)
        try fixture.write(fixture.read("cert.pem"), to: "cert.pem.20260101T000000Z")
        try fixture.write(PEMBlock(label: "ENCRYPTED PRIVATE KEY", bytes: [0x30, 0]).text, to: "users.key")
        try fixture.write("-----BEGIN PUBLIC KEY-----\n", to: "public.pem")
        try fixture.write([0, 1, 2, 255], to: "access.db")
        mkdir(fixture.certs.appending("old").string, 0o755)
        mkfifo(fixture.certs.appending("pipe").string, 0o644)
        fixture.link("elsewhere", to: "/etc/hostname")
        #expect(try fixture.findings() == [])
    }
}
