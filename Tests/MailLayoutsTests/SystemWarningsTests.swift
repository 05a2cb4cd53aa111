import Foundation
import MailCA
import SystemPackage
import TestSupport
import Testing

@testable import MailLayouts

/// Where two truths meet, in images of systems.
@Suite struct SystemWarningsTests {
    private let image: TemporaryDirectory

    init() throws { image = try TemporaryDirectory() }

    private var warnings: SystemWarnings { SystemWarnings(ConfigurationPlaces(root: FilePath(image.path))) }

    private func write(_ text: String, to path: String) throws {
        let folder = URL(fileURLWithPath: image.file(path)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try image.write(text, to: path)
    }

    @Test(
        "An MTA-STS policy that this system publishes is found, wherever a web server may have it",
        arguments: ["var/www", "var/www/html", "srv/http/mta-sts.example.org", "var/www/mta-sts/public"])
    func publicPolicy(site: String) throws {
        #expect(warnings.publicPolicies() == [])
        let path = "\(site)/.well-known/mta-sts.txt"
        try write("version: STSv1\r\nmode: enforce\r\nmx: mail.example.org\r\nmax_age: 86400\r\n", to: path)
        let found = warnings.publicPolicies()
        #expect(
            found.count == 1 && found[0].contains("\(path) publishes an MTA-STS policy (mode: enforce)"), "\(found)")
        try write("version: STSv1\nmode: none\n", to: path)
        #expect(warnings.publicPolicies() == [])
    }

    @Test("An encrypted key is said, and a plain one is not")
    func encryptedKey() throws {
        for (type, isSaid) in [("ENCRYPTED PRIVATE KEY", true), ("PRIVATE KEY", false)] {
            try write("-----BEGIN \(type)-----\nMAA=\n-----END \(type)-----\n", to: "certs/privkey.pem")
            let found = warnings.encryptedKey(in: FilePath(image.file("certs")))
            #expect(found.contains { $0.contains("privkey.pem is encrypted") } == isSaid, "\(found)")
        }
    }

    @Test(
        "A certificate that is demanded of everybody on port 25 is said, with the line",
        arguments: [
            (MailServer.postfix, "etc/postfix/main.cf", "smtpd_tls_req_ccert = yes"),
            (.postfix, "etc/postfix/master.cf", "smtp inet n - y - - smtpd -o smtpd_tls_req_ccert=yes"),
            (.exim, "etc/exim4/exim4.conf.localmacros", "MAIN_TLS_VERIFY_HOSTS = *"),
            (.exim, "etc/exim4/conf.d/main/000_localmacros", "tls_verify_hosts = *"),
            (.opensmtpd, "etc/smtpd.conf", "listen on 0.0.0.0 tls verify pki x"),
            (.opensmtpd, "etc/smtpd.conf", "listen on 0.0.0.0 port 25 tls-require verify pki x"),
            (.sendmail, "etc/mail/access", "TLS_Clt:\tVERIFY"),
        ])
    func demanded(server: MailServer, file: String, line: String) throws {
        #expect(warnings.demands(of: server) == [])
        try write("# \(line)\n", to: file)
        #expect(warnings.demands(of: server) == [])
        try write("\(line)\n", to: file)
        let found = warnings.demands(of: server)
        #expect(found.count == 1 && found[0].contains("\(file): "), "\(found)")
        #expect(found.first?.hasPrefix("\(server.title) demands a certificate of everybody on port 25") == true)
    }

    @Test(
        "Our own lines for a port that demands certificates are no such thing",
        arguments: [MailServer.postfix, .exim, .opensmtpd, .sendmail])
    func ownLines(server: MailServer) throws {
        for fragment in server.fragments(ConfigurationRequest(certs: "/etc/mail/certs", policy: .demand)) {
            try write(fragment.text, to: String(fragment.file.dropFirst()))
        }
        #expect(warnings.demands(of: server) == [])
    }

    @Test(
        "A copy of a certificate of ours in a server's chroot is said, and other certificates there are not",
        arguments: [
            (MailServer.postfix, "var/spool/postfix/etc/ssl/certs/mailca.pem"),
            (.postfix, "var/spool/postfix/usr/share/ca-certificates/all.crt"),
            (.opensmtpd, "var/lib/opensmtpd/empty/etc/ssl/cert.pem"),
        ])
    func copies(server: MailServer, file: String) throws {
        let (ours, other) = (try TestAuthority(), try TestAuthority())
        let directory = FilePath(image.file("certs"))
        func found() -> [String] { warnings.copies(in: server, ours.authority, directory) }
        try write(other.authority.certificates[0].pem, to: file)
        #expect(found() == [])
        try write(other.authority.certificates[0].pem + ours.authority.certificates[0].pem, to: file)
        #expect(found().count == 1 && found()[0].contains("/\(file) is a copy"), "\(found())")
        // The server's own, too.
        let issued = try ours.authority.issue(.server(["mail.example.org"]))
        try write(issued.chainPEM, to: "certs/cert.pem")
        try write(issued.certificate.pem, to: file)
        #expect(found().count == 1)
        #expect(warnings.copies(in: .dovecot, ours.authority, directory) == [])
    }

    @Test("A field that the certificates have not is said, wherever Dovecot reads it")
    func userNameField() throws {
        for file in ["dovecot.conf", "local.conf", "conf.d/10-ssl.conf"] {
            try write("ssl_cert_username_field = commonName\n#ssl_cert_username_field = x\n", to: "etc/dovecot/\(file)")
            #expect(warnings.userNameFields() == [])
            try write(" ssl_cert_username_field=x500UniqueIdentifier\n", to: "etc/dovecot/\(file)")
            let found = warnings.userNameFields()
            #expect(found.count == 1 && found[0].contains("x500UniqueIdentifier"), "\(found)")
            try write("", to: "etc/dovecot/\(file)")
        }
    }
}
