import MailCA
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

@Suite("The files of a mail server")
struct MailLayoutTests {
    @Test("A self-signed certificate takes three names: itself, its key, and a link by its hash")
    func selfSigned() throws {
        let scratch = try TemporaryDirectory()
        let issued = try SelfSigned.server(["mail.example.org"], now: now)
        try MailLayout.sendmail.plan(selfSigned: issued).apply(under: scratch.place("certs"))
        #expect(
            try scratch.tree("certs", hashes: [issued.certificate.hash: "server"]) == [
                "0755 .", "link <server>.0 -> cert.pem", "0644 cert.pem: CERTIFICATE", "0600 privkey.pem: PRIVATE KEY",
            ])
        #expect(try scratch.read("certs/cert.pem") == issued.certificate.pem)
    }

    @Test("A root alone and a server: the CA, its list, both together, one object a file, and the links")
    func rootAlone() throws {
        let scratch = try TemporaryDirectory()
        let ca = try TestAuthority()
        try ca.plan().apply(under: scratch.place("certs"))
        #expect(
            try scratch.tree("certs", hashes: [ca.authority.root.hash: "root"]) == [
                "0755 .", "link <root>.0 -> ca-1.pem", "link <root>.r0 -> crl-1.pem", "0644 ca-1.pem: CERTIFICATE",
                "0644 ca-crl.pem: CERTIFICATE, X509 CRL", "0644 cacert.pem: CERTIFICATE", "0644 cert.pem: CERTIFICATE",
                "0644 crl-1.pem: X509 CRL", "0644 crl.pem: X509 CRL", "0600 privkey.pem: PRIVATE KEY",
                "0644 sendmail.access: text",
            ])
        #expect(try scratch.read("certs/cacert.pem") == ca.authority.root.pem)
        #expect(try scratch.read("certs/crl.pem") == scratch.read("certs/crl-1.pem"))
        #expect(
            try scratch.read("certs/ca-crl.pem") == scratch.read("certs/cacert.pem") + scratch.read("certs/crl.pem"))
    }

    @Test(
        "An offline root and its issuing CA: the server sends the issuing CA, never the root, and that CA comes first")
    func offlineRoot() throws {
        let scratch = try TemporaryDirectory()
        let ca = try TestAuthority(offlineRoot: true)
        try ca.plan().apply(under: scratch.place("certs"))
        let (root, issuing) = (ca.authority.root, ca.authority.issuer)
        #expect(
            try scratch.tree("certs", hashes: [root.hash: "root", issuing.hash: "issuing"]).sorted() == [
                "0600 privkey.pem: PRIVATE KEY", "0644 ca-1.pem: CERTIFICATE", "0644 ca-2.pem: CERTIFICATE",
                "0644 ca-crl.pem: CERTIFICATE, CERTIFICATE, X509 CRL, X509 CRL",
                "0644 cacert.pem: CERTIFICATE, CERTIFICATE", "0644 cert.pem: CERTIFICATE, CERTIFICATE",
                "0644 crl-1.pem: X509 CRL", "0644 crl-2.pem: X509 CRL", "0644 crl.pem: X509 CRL, X509 CRL",
                "0644 sendmail.access: text", "0755 .", "link <issuing>.0 -> ca-1.pem",
                "link <issuing>.r0 -> crl-1.pem", "link <root>.0 -> ca-2.pem", "link <root>.r0 -> crl-2.pem",
            ])
        let sent = try Certificate.all(pem: FileContent.read(scratch.place("certs/cert.pem")))
        #expect(try sent[0].subject().commonName == "mail.example.org")
        #expect(sent[1] == issuing)
        #expect(try scratch.read("certs/ca-1.pem") == issuing.pem)
        #expect(try scratch.read("certs/ca-2.pem") == root.pem)
        #expect(try scratch.read("certs/cacert.pem") == issuing.pem + root.pem)
        let lists = try RevocationList.all(pem: FileContent.read(scratch.place("certs/crl.pem")))
        #expect(lists[0].isSigned(by: issuing))
        #expect(lists[1].isSigned(by: root))
        #expect(try scratch.read("certs/crl.pem") == scratch.read("certs/crl-1.pem") + scratch.read("certs/crl-2.pem"))
    }

    @Test("What is laid out verifies with another OpenSSL, by file and by directory, with revocation checked")
    func verifiesElsewhere() throws {
        for offlineRoot in [false, true] {
            let scratch = try TemporaryDirectory()
            let ca = try TestAuthority(offlineRoot: offlineRoot)
            try ca.plan().apply(under: scratch.place("certs"))
            let time = ["-attime", "\(Int(now.timeIntervalSince1970))", "-purpose", "sslserver"]
            for trust in [
                ["-no-CAfile", "-no-CAstore", "-CApath", "certs"],
                ["-no-CApath", "-no-CAstore", "-CAfile", "certs/cacert.pem", "-CRLfile", "certs/crl.pem"],
                ["-no-CApath", "-no-CAstore", "-CAfile", "certs/ca-crl.pem"],
            ] {
                let outcome = try Command.run(
                    "openssl", ["verify"] + time + trust + ["-crl_check_all", "-x509_strict", "certs/cert.pem"],
                    directory: scratch.path)
                #expect(outcome.status == 0, "\(outcome.everything)")
            }
        }
    }

    @Test("The key is put in place before the certificate, and the certificate after the CA's files")
    func order() throws {
        let names = try TestAuthority().plan().items.map(\.name)
        #expect(names.suffix(2) == ["privkey.pem", "cert.pem"])
        #expect(try selfSignedPlan().items.prefix(2).map(\.name) == ["privkey.pem", "cert.pem"])
    }

    @Test("A certificate made from a request has no key to lay out")
    func request() throws {
        let ca = try TestAuthority()
        let key = try PrivateKey.generate(.ecP256)
        let request = try CertificateRequest(
            subject: DistinguishedName([.commonName("mx2.example.org")]), key: key)
        let issued = try ca.authority.issue(.server(["mx2.example.org"], request: request))
        #expect(try MailLayout.sendmail.plan(issued).items.map(\.name) == ["cert.pem"])
    }

    @Test("The names that are announced for a CA are those that are written", arguments: [false, true])
    func announced(offlineRoot: Bool) throws {
        let ca = try TestAuthority(offlineRoot: offlineRoot)
        let plan = try MailLayout.sendmail.plan(ca.authority, revocationLists: try ca.authority.revocationLists())
        let written = plan.items.filter { !$0.isLink }.map(\.name)
        #expect(Set(written) == Set(MailLayout.authorityFileNames(count: offlineRoot ? 2 : 1)))
        #expect(written.count == Set(written).count)
    }

    @Test("A CA whose name Sendmail cannot match is refused before anything is laid out")
    func unmatchable() throws {
        let ca = try TestAuthority(String(repeating: "日", count: 14))
        let error = try failure {
            try MailLayout.sendmail.plan(ca.authority, revocationLists: try ca.authority.revocationLists())
        }
        #expect(error.code == .invalidName)
    }
}
