import Foundation
import MailCA
import MailLayouts
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

@Suite("A directory as it should be")
struct VerifierTests {
    @Test("Nothing is found in a directory as it was laid out", arguments: Layout.allCases, [false, true])
    func clean(layout: Layout, knowsCA: Bool) throws {
        let fixture = try Fixture(.shared(layout))
        #expect(try fixture.findings(knowsCA: knowsCA) == [])
        // A minute and half a year later, too.
        #expect(try fixture.findings(knowsCA: knowsCA, now: now.addingTimeInterval(60)) == [])
        #expect(try fixture.findings(knowsCA: knowsCA, now: after(days: 180)) == [])
    }

    @Test(
        "Nothing is found after the certificate and the lists were replaced", arguments: [Layout.rootAlone, .issuingCA])
    func replaced(layout: Layout) throws {
        let fixture = try Fixture(try Material(layout))
        let authority = try #require(fixture.material.authority)
        let crl = try #require(try authority.revocationLists().first)
        var plan = try MailLayout.sendmail.plan(
            authority.issue(.server(["mail.example.org"])), issuedBy: authority, crl: crl)
        plan.keepAllOld(now)
        try plan.apply(under: fixture.certs)
        #expect(try fixture.findings(knowsCA: true) == [])
    }

    @Test("A self-signed certificate is right also on a machine that has a CA")
    func selfSignedBesideAuthority() throws {
        let fixture = try Fixture(.shared(.selfSigned))
        let authority = try Material.shared(.rootAlone).authority
        let report = try Verifier(layout: .sendmail, authority: authority, now: now).verify(directory: fixture.certs)
        #expect(report.findings.filter { $0.severity == .error } == [])
    }

    @Test("A self-signed certificate that a CA's files lie beside from before is told apart from a signed one")
    func selfSignedAfterAuthority() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        let leaf = try certificate(signedBy: nil)
        try fixture.replacePair(leaf.certificate, leaf.key)
        #expect(try fixture.findings().map(\.id) == ["chain.invalid"])
    }

    @Test("A directory reached by a link is the same directory")
    func link() throws {
        let fixture = try Fixture(.shared(.rootAlone))
        let link = FilePath(fixture.scratch.file("linked"))
        symlink("mail/certs", link.string)
        let report = try Verifier(layout: .sendmail, now: now).verify(directory: link)
        #expect(report.findings.filter { $0.severity == .error } == [])
        #expect(report.subjects == [link.string])
    }

    @Test("A directory that is not there, or is a file, is refused")
    func nothingToVerify() throws {
        let scratch = try TemporaryDirectory()
        try scratch.write("x", to: "file")
        for name in ["nowhere", "file"] {
            let path = FilePath(scratch.file(name))
            let error = #expect(throws: MailCAError.self) {
                try Verifier(layout: .sendmail, now: now).verify(directory: path)
            }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains(path.string) == true)
        }
    }

    @Test("Looking changes nothing")
    func changesNothing() throws {
        let fixture = try Fixture(.shared(.issuingCA))
        try fixture.write("half", to: ".mailca-0011223344556677", mode: 0o600)
        func state() throws -> [String] {
            try FileContent.names(in: fixture.certs).map { name in
                var status = stat()
                lstat(fixture.certs.appending(name).string, &status)
                return "\(name) \(status.st_ino) \(status.st_mode) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            }
        }
        let before = try state()
        _ = try fixture.findings(knowsCA: true)
        #expect(try state() == before)
    }
}
