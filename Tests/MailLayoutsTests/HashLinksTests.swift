import Foundation
import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Hash links")
struct HashLinksTests {
    /// What `openssl verify` says of a certificate when it may look only into a directory.
    private func isFound(_ certificate: Certificate, in directory: FilePath) throws -> Bool {
        let outcome = try Command.run(
            "openssl",
            ["verify", "-attime", "\(Int(now.timeIntervalSince1970))", "-no-CAfile", "-no-CAstore", "-CApath"]
                + [directory.string],
            input: certificate.pem)
        return outcome.status == 0
    }

    /// Puts somebody else's certificate, of that subject, under a name.
    @discardableResult
    private func foreign(_ host: String, as name: String, in scratch: TemporaryDirectory) throws -> Certificate {
        let certificate = try SelfSigned.server([host], now: now).certificate
        try scratch.write(certificate.pem, to: name)
        return certificate
    }

    @Test("A hash that somebody else's certificate has is left to it, and the next number is taken")
    func collision() throws {
        let scratch = try TemporaryDirectory()
        let issued = try SelfSigned.server(["mail.example.org"], now: now)
        let hash = try issued.certificate.hash
        let other = try foreign("mail.example.org", as: "\(hash).0", in: scratch)
        let outcome = try MailLayout.sendmail.plan(selfSigned: issued).apply(under: scratch.place())
        #expect(outcome.written.map(\.name).contains("\(hash).1"))
        #expect(FileContent.linkTarget(scratch.place("\(hash).1")) == "cert.pem")
        #expect(try scratch.read("\(hash).0") == other.pem)
        #expect(try isFound(issued.certificate, in: scratch.place()))
        #expect(try isFound(other, in: scratch.place()))
    }

    @Test("A hash that somebody else's link has is left to it too")
    func foreignLink() throws {
        let scratch = try TemporaryDirectory()
        let issued = try SelfSigned.server(["mail.example.org"], now: now)
        let hash = try issued.certificate.hash
        let other = try foreign("mail.example.org", as: "theirs.pem", in: scratch)
        symlink("theirs.pem", scratch.file("\(hash).0"))
        let plan = try MailLayout.sendmail.plan(selfSigned: issued)
        try plan.apply(under: scratch.place())
        try plan.apply(under: scratch.place())
        #expect(FileContent.linkTarget(scratch.place("\(hash).0")) == "theirs.pem")
        #expect(FileContent.linkTarget(scratch.place("\(hash).1")) == "cert.pem")
        #expect(try !FileContent.exists(scratch.place("\(hash).2")))
        #expect(try isFound(issued.certificate, in: scratch.place()))
        #expect(try isFound(other, in: scratch.place()))
    }

    @Test("A link that leads nowhere holds nobody up: OpenSSL would stop there and never reach the next number")
    func danglingHolder() throws {
        let scratch = try TemporaryDirectory()
        let issued = try SelfSigned.server(["mail.example.org"], now: now)
        symlink("gone.pem", scratch.file("\(try issued.certificate.hash).0"))
        try MailLayout.sendmail.plan(selfSigned: issued).apply(under: scratch.place())
        #expect(try isFound(issued.certificate, in: scratch.place()))
    }

    @Test("The link of a certificate that was replaced by one of another name goes with it")
    func stale() throws {
        let scratch = try TemporaryDirectory()
        let old = try SelfSigned.server(["old.example.org"], now: now)
        let new = try SelfSigned.server(["new.example.org"], now: now)
        try MailLayout.sendmail.plan(selfSigned: old).apply(under: scratch.place())
        let outcome = try MailLayout.sendmail.plan(selfSigned: new).apply(under: scratch.place())
        #expect(outcome.removed == ["\(try old.certificate.hash).0"])
        #expect(
            try scratch.tree(hashes: [new.certificate.hash: "new", old.certificate.hash: "old"]) == [
                "0700 .", "link <new>.0 -> cert.pem", "0644 cert.pem: CERTIFICATE", "0600 privkey.pem: PRIVATE KEY",
            ])
    }

    @Test("A self-signed certificate that a CA's replaces leaves no link behind")
    func selfSignedBecomesSigned() throws {
        let scratch = try TemporaryDirectory()
        let old = try SelfSigned.server(["mail.example.org"], now: now)
        try MailLayout.sendmail.plan(selfSigned: old).apply(under: scratch.place())
        let outcome = try TestAuthority().plan().apply(under: scratch.place())
        #expect(outcome.removed == ["\(try old.certificate.hash).0"])
    }

    @Test("Links and files of others stay as they are")
    func othersStay() throws {
        let scratch = try TemporaryDirectory()
        try foreign("other.example.net", as: "theirs.pem", in: scratch)
        symlink("theirs.pem", scratch.file("0123abcd.0"))
        symlink("/nowhere/at/all.pem", scratch.file("89abcdef.r0"))
        symlink("cert.pem", scratch.file("not-a-hash.0"))
        symlink("cert.pem", scratch.file("smtpd.pem"))
        let outcome = try selfSignedPlan().apply(under: scratch.place())
        #expect(outcome.removed.isEmpty)
        #expect(FileContent.linkTarget(scratch.place("0123abcd.0")) == "theirs.pem")
        #expect(FileContent.linkTarget(scratch.place("89abcdef.r0")) == "/nowhere/at/all.pem")
        #expect(FileContent.linkTarget(scratch.place("not-a-hash.0")) == "cert.pem")
        #expect(FileContent.linkTarget(scratch.place("smtpd.pem")) == "cert.pem")
    }

    @Test("Two certificates of one plan that share a hash get a number each")
    func twoOfOneName() throws {
        let scratch = try TemporaryDirectory()
        let certificates = try (0..<2).map { _ in try SelfSigned.server(["mail.example.org"], now: now).certificate }
        let hash = try certificates[0].hash
        var items: [LayoutPlan.Item] = []
        for (index, certificate) in certificates.enumerated() {
            items.append(.init("ca-\(index).pem", .text(certificate.pem)))
            items.append(HashLinks.certificate(hash, file: "ca-\(index).pem"))
        }
        let plan = LayoutPlan(items: items)
        try plan.apply(under: scratch.place())
        #expect(try plan.apply(under: scratch.place()).written.isEmpty)
        for (index, certificate) in certificates.enumerated() {
            #expect(FileContent.linkTarget(scratch.place("\(hash).\(index)")) == "ca-\(index).pem")
            #expect(try isFound(certificate, in: scratch.place()))
        }
    }

    @Test("A link moves down when the number below it comes free, and leaves nothing behind")
    func movesDown() throws {
        let scratch = try TemporaryDirectory()
        let issued = try SelfSigned.server(["mail.example.org"], now: now)
        let hash = try issued.certificate.hash
        try foreign("mail.example.org", as: "\(hash).0", in: scratch)
        let plan = try MailLayout.sendmail.plan(selfSigned: issued)
        try plan.apply(under: scratch.place())
        unlink(scratch.file("\(hash).0"))
        let outcome = try plan.apply(under: scratch.place())
        #expect(outcome.removed == ["\(hash).1"])
        #expect(FileContent.linkTarget(scratch.place("\(hash).0")) == "cert.pem")
        #expect(try isFound(issued.certificate, in: scratch.place()))
    }

    @Test(
        "A name is that of a hash link, or not",
        arguments: [
            ("0123abcd.0", true), ("0123abcd.12", true), ("0123abcd.r0", true), ("0123abcd.r7", true),
            ("0123ABCD.0", false), ("0123abc.0", false), ("0123abcde.0", false), ("0123abcg.0", false),
            ("0123abcd", false), ("0123abcd.", false), ("0123abcd.r", false), ("0123abcd.x0", false),
            ("0123abcd.-1", false), ("0123abcd.0.0", false), ("cert.pem", false), ("", false),
        ])
    func names(name: String, isLink: Bool) { #expect(HashLinks.isHashLink(name) == isLink) }
}
