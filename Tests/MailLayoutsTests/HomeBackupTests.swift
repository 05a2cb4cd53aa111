import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@Suite("The files of a CA, copied and put back")
struct HomeBackupTests {
    private let ca: TestAuthority
    private let scratch: TemporaryDirectory
    private var home: Home { Home(scratch.place("home")) }

    init() throws {
        ca = try TestAuthority()
        scratch = try TemporaryDirectory()
        try home.prepare()
        try home.keep(ca.members, passphrase: nil)
    }

    private func file(_ name: String, _ text: String, mode: UInt32 = 0o600) -> AuthorityFile {
        AuthorityFile(name: name, mode: mode, content: SecretBytes(Array(text.utf8)))
    }

    private func names() throws -> [String] { try FileContent.names(in: home.authorities) }

    @Test("All of them are read as they are, and what is no file of theirs is not")
    func read() throws {
        try FileManager.default.createDirectory(
            atPath: home.authorities.appending("folder").string, withIntermediateDirectories: false)
        try "x".write(toFile: home.authorities.appending("root.key.old").string, atomically: false, encoding: .utf8)
        try "x".write(toFile: home.authorities.appending(".mailca-x").string, atomically: false, encoding: .utf8)
        let files = try home.authorityFiles()
        #expect(files.map(\.name) == ["root.key", "root.key.old", "root.pem"])
        #expect(files[0].mode == 0o600 && files[2].mode == 0o644)
        #expect(files[2].content == SecretBytes(try FileContent.read(home.certificate(.root))))
        #expect(try Home(scratch.place("none")).authorityFiles().isEmpty)
    }

    @Test("They are those of the CA: each key a key, each pair a pair")
    func check() throws {
        let certificates = ca.authority.certificates
        var files = try home.authorityFiles()
        #expect(try Home.check(files, of: certificates, in: home.path) == ["root.key"])
        let sealed = try ca.members[0].key.encryptedPEM(passphrase: SecretBytes(Array("secret".utf8)))
        files[0] = AuthorityFile(name: "root.key", mode: 0o600, content: SecretBytes(sealed))
        #expect(try Home.check(files, of: certificates, in: home.path) == [])
        #expect(try Home.check([files[1]], of: certificates, in: home.path) == [])
        let other = try TestAuthority()
        let cases: [([AuthorityFile], String)] = [
            ([files[0]], "root.pem in "), ([files[0], file("root.pem", "x")], "is not a certificate"),
            ([file("root.pem", other.authority.root.pem)], "is not the CA"),
            ([file("root.key", "x"), files[1]], "is not a key"),
            (
                [
                    AuthorityFile(name: "root.key", mode: 0o600, content: try other.members[0].key.pem()), files[1],
                ], "does not belong to root.pem"
            ), ([files[1], file("issuing.pem", "x")], "issuing.pem in "),
        ]
        for (files, words) in cases {
            let error = try failure { try Home.check(files, of: certificates, in: home.path) }
            #expect(error.code == .damaged && error.message.contains(words), "\(error)")
        }
    }

    @Test("What differs is kept beside, and what is the same is not touched")
    func putBack() throws {
        let files = try home.authorityFiles()
        try "other".write(toFile: home.key(.root).string, atomically: false, encoding: .utf8)
        let outcome = try home.putBack(files, now)
        #expect(outcome.written.map(\.name) == ["root.key"])
        #expect(outcome.kept == ["root.key.20270115T080000Z"])
        #expect(try names() == ["root.key", "root.key.20270115T080000Z", "root.pem"])
        #expect(SecretBytes(try FileContent.read(home.key(.root))) == files[0].content)
        #expect(try home.putBack(files, now).written.isEmpty)
    }

    @Test("What belongs to another CA is put aside; a key of this one is not")
    func strangers() throws {
        let files = try home.authorityFiles()
        let certificate = files.filter { $0.name == "root.pem" }
        #expect(try home.putBack(certificate, now).kept == [])
        #expect(try names() == ["root.key", "root.pem"])
        for name in ["issuing.pem", "issuing.key"] {
            try "x".write(toFile: home.authorities.appending(name).string, atomically: false, encoding: .utf8)
        }
        #expect(try home.putBack(files, only: ["root.pem"], now).kept == [])
        #expect(
            Set(try home.putBack(files, now).kept) == ["issuing.key.20270115T080000Z", "issuing.pem.20270115T080000Z"])
        let other = try TestAuthority()
        let foreign = file("root.pem", other.authority.root.pem, mode: 0o644)
        #expect(
            Set(try home.putBack([foreign], now).kept) == ["root.key.20270115T080000Z", "root.pem.20270115T080000Z"])
        #expect(!(try names()).contains("root.key"))
    }

    @Test("Only what is broken has to be put back")
    func broken() throws {
        let files = try home.authorityFiles()
        func broken() -> [String] { home.broken(of: files, signer: .root).sorted() }
        #expect(broken() == [])
        let sealed = try ca.members[0].key.encryptedPEM(passphrase: SecretBytes(Array("another".utf8)))
        try Data(sealed).write(to: URL(fileURLWithPath: home.key(.root).string))
        #expect(broken() == [], "another passphrase is no damage")
        for damage in ["garbage", ""] {
            try damage.write(toFile: home.key(.root).string, atomically: false, encoding: .utf8)
            #expect(broken() == ["root.key"])
        }
        unlink(home.key(.root).string)
        #expect(broken() == ["root.key"])
        #expect(home.broken(of: files, signer: .issuing) == [], "the key of a root may be away")
        unlink(home.certificate(.root).string)
        #expect(broken() == ["root.key", "root.pem"])
        try "garbage".write(toFile: home.certificate(.root).string, atomically: false, encoding: .utf8)
        #expect(broken() == ["root.key", "root.pem"])
    }

    @Test("A certificate of another CA is found")
    func stranger() throws {
        #expect(home.stranger(to: ca.authority.certificates) == nil)
        #expect(home.stranger(to: [])?.path == home.certificate(.root))
        try "garbage".write(toFile: home.certificate(.root).string, atomically: false, encoding: .utf8)
        #expect(home.stranger(to: []) == nil)
    }
}
