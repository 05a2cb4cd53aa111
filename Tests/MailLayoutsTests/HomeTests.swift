import Foundation
import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("The CA's own directory")
struct HomeTests {
    private static let passphrase = SecretBytes("correct horse".utf8)

    private func home(in scratch: TemporaryDirectory) -> Home { Home(scratch.place("home")) }

    @Test("Nothing is there before it is made, and it is its owner's alone")
    func prepare() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        #expect(try !home.isUsed())
        #expect(try !home.prepare().isEmpty)
        #expect(try home.prepare().isEmpty)
        #expect(try !home.isUsed())
        #expect(try scratch.tree("home") == ["0700 ."])
        try scratch.write("", to: "home/ledger.sqlite")
        #expect(try home.isUsed())
    }

    @Test("Keys are kept encrypted, beside their certificates, where only the owner looks in")
    func keepsEncrypted() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        let ca = try TestAuthority(offlineRoot: true)
        try home.keep(ca.members, passphrase: Self.passphrase)
        #expect(try home.isUsed())
        #expect(
            try scratch.tree("home/ca") == [
                "0700 .", "0600 issuing.key: ENCRYPTED PRIVATE KEY", "0644 issuing.pem: CERTIFICATE",
                "0600 root.key: ENCRYPTED PRIVATE KEY", "0644 root.pem: CERTIFICATE",
            ])
        #expect(try home.certificates() == [ca.authority.issuer, ca.authority.root])
        for member in ca.members {
            #expect(try home.keyIsEncrypted(member.profile) == true)
            let key = try home.openKey(member.profile, passphrase: Self.passphrase)
            #expect(key.matches(member.key.publicKey))
        }
    }

    @Test("Without a passphrase keys are kept open, for the owner alone")
    func keepsOpen() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        let ca = try TestAuthority()
        try home.keep(ca.members, passphrase: nil)
        #expect(
            try scratch.tree("home/ca") == ["0700 .", "0600 root.key: PRIVATE KEY", "0644 root.pem: CERTIFICATE"])
        #expect(try home.keyIsEncrypted(.root) == false)
        #expect(try home.openKey(.root, passphrase: nil).matches(ca.members[0].key.publicKey))
    }

    @Test("The key of an offline root goes where it is told, encrypted, and nowhere else")
    func rootKeyApart() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        let ca = try TestAuthority(offlineRoot: true)
        try home.keep(ca.members, passphrase: Self.passphrase, rootKey: scratch.place("stick/root.key"))
        #expect(try scratch.tree("stick") == ["0755 .", "0600 root.key: ENCRYPTED PRIVATE KEY"])
        #expect(
            try FileContent.names(in: home.authorities) == ["issuing.key", "issuing.pem", "root.pem"])
        #expect(try home.keyIsEncrypted(.root) == nil)
        let error = try failure { try home.openKey(.root, passphrase: Self.passphrase) }
        #expect(error.code == .keyNotHere)
        #expect(error.message == "the CA's key \(home.key(.root)) is not there")
    }

    @Test("A file that is where the root's key should go is never overwritten, and nothing else is written")
    func rootKeyIsNotOverwritten() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        let ca = try TestAuthority(offlineRoot: true)
        let place = scratch.place("root.key")
        try scratch.write("another CA's key", to: "root.key")
        let error = try failure { try home.keep(ca.members, passphrase: nil, rootKey: place) }
        #expect(error.code == .alreadyExists)
        #expect(error.message == "\(place) is there already, and a key is never overwritten")
        #expect(error.hint == "Name a new file for the root's key.")
        #expect(try scratch.read("root.key") == "another CA's key")
        #expect(try !home.isUsed())
    }

    @Test("A key that lies in the directory already is never overwritten")
    func keyIsNotOverwritten() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        let (old, new) = (try TestAuthority(), try TestAuthority())
        try home.keep(old.members, passphrase: nil)
        let error = try failure { try home.keep(new.members, passphrase: nil) }
        #expect(error.code == .alreadyExists)
        #expect(
            error.message == "\(home.key(.root)) is there already, and a key is never overwritten"
                || error.message == "\(home.certificate(.root)) is there already, and a key is never overwritten")
        #expect(try home.openKey(.root, passphrase: nil).matches(old.members[0].key.publicKey))
    }

    @Test("Where the directory cannot be written, the root's key is not left outside it")
    func rootKeyIsUndone() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        let ca = try TestAuthority(offlineRoot: true)
        try home.prepare()
        try scratch.write("", to: "home/ca")
        _ = try failure { try home.keep(ca.members, passphrase: nil, rootKey: scratch.place("root.key")) }
        #expect(try !FileContent.exists(scratch.place("root.key")))
    }

    // MARK: What goes wrong

    @Test("A wrong passphrase, and none, are told apart from a damaged key, and no passphrase is shown")
    func wrongPassphrase() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        try home.keep(try TestAuthority().members, passphrase: Self.passphrase)
        let wrong = try failure { try home.openKey(.root, passphrase: SecretBytes("wrong horse".utf8)) }
        #expect(wrong.code == .wrongPassphrase)
        #expect(wrong.message == "the passphrase does not open the CA's key \(home.key(.root))")
        #expect(!wrong.description.contains("horse"))
        let none = try failure { try home.openKey(.root, passphrase: nil) }
        #expect(none.code == .passphraseNeeded)
        #expect(none.message == "the CA's key \(home.key(.root)) is encrypted, and there is no passphrase")
        let text = try scratch.read("home/ca/root.key")
        for damaged in ["", "not a key", String(text.dropLast(80)), text.replacing("\n", with: "\n!")] {
            try scratch.write(damaged, to: "home/ca/root.key")
            let error = try failure { try home.openKey(.root, passphrase: Self.passphrase) }
            #expect(error.code == .damaged, "\(damaged)")
            #expect(error.message.hasPrefix("the CA's key \(home.key(.root)) is damaged: "))
        }
    }

    @Test("A damaged certificate is told with its path; one that is not there is none")
    func damagedCertificate() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        #expect(try home.certificates().isEmpty)
        let ca = try TestAuthority(offlineRoot: true)
        try home.keep(ca.members, passphrase: nil)
        let pem = try scratch.read("home/ca/issuing.pem")
        for damaged in ["", "not a certificate", String(pem.dropLast(100)), pem.replacing("\n", with: "\n!")] {
            try scratch.write(damaged, to: "home/ca/issuing.pem")
            let error = try failure { try home.certificates() }
            #expect(error.code == .damaged, "\(damaged)")
            #expect(error.message.hasPrefix("the CA certificate \(home.certificate(.issuing)) is damaged: "))
            #expect(error.hint == "Nothing was changed. Put the file back from a backup: mailca restore FILE.")
        }
        unlink(home.certificate(.issuing).string)
        #expect(try home.certificates() == [ca.authority.root])
    }

    @Test("A CA that was being put in place when the process was killed is found complete")
    func recovers() throws {
        let scratch = try TemporaryDirectory()
        let home = home(in: scratch)
        let ca = try TestAuthority()
        try home.keep(ca.members, passphrase: nil)
        rename(scratch.file("home/ca/root.pem"), scratch.file("home/ca/.mailca-1"))
        rename(scratch.file("home/ca/root.key"), scratch.file("home/ca/.mailca-2"))
        let record = CommitRecord(steps: [
            .place(temporary: ".mailca-1", name: "root.pem"), .place(temporary: ".mailca-2", name: "root.key"),
        ])
        try Data(record.encoded).write(to: scratch.url.appending(path: "home/ca/\(CommitRecord.name)"))
        #expect(try home.certificates() == [ca.authority.root])
        #expect(try FileContent.names(in: home.authorities) == ["root.key", "root.pem"])
    }
}
