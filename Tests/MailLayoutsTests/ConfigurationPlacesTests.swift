import Foundation
import MailLayouts
import SystemPackage
import TestSupport
import Testing

@Suite("ConfigurationPlaces")
struct ConfigurationPlacesTests {
    private let root: TemporaryDirectory
    private var places: ConfigurationPlaces { ConfigurationPlaces(root: FilePath(root.path)) }

    init() throws { root = try TemporaryDirectory() }

    private func make(_ path: String) throws {
        let folder = URL(fileURLWithPath: root.file(path)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try root.write("", to: path)
    }

    @Test(
        "Of every system the files are found where it has them",
        arguments: [
            ("/etc/postfix/main.cf", "/etc/postfix/main.cf", "/etc/postfix/main.cf"),
            ("/usr/local/etc/postfix/main.cf", "/etc/postfix/master.cf", "/usr/local/etc/postfix/master.cf"),
            (
                "/usr/local/etc/dovecot/dovecot.conf", "/etc/dovecot/conf.d/99-mailca.conf",
                "/usr/local/etc/dovecot/conf.d/99-mailca.conf"
            ),
            ("/etc/exim4/x", "/etc/exim4/exim4.conf.localmacros", "/etc/exim4/exim4.conf.localmacros"),
            ("/etc/exim/exim.conf", "/etc/exim4/conf.d/auth/40_mailca", "/etc/exim/exim.conf"),
            ("/usr/local/etc/exim/configure", "/etc/exim4/exim4.conf.localmacros", "/usr/local/etc/exim/configure"),
            ("/etc/smtpd/smtpd.conf", "/etc/smtpd.conf", "/etc/smtpd/smtpd.conf"),
            ("/etc/opensmtpd/smtpd.conf", "/etc/smtpd.conf", "/etc/opensmtpd/smtpd.conf"),
            ("/usr/local/etc/mail/smtpd.conf", "/etc/smtpd.conf", "/usr/local/etc/mail/smtpd.conf"),
            ("/usr/local/etc/imapd.conf", "/etc/imapd.conf", "/usr/local/etc/imapd.conf"),
            ("/etc/mail/m4/x", "/etc/mail/m4/mailca.m4", "/etc/mail/m4/mailca.m4"),
            ("/etc/mail/sendmail.mc", "/etc/mail/m4/mailca.m4", "/etc/mail/mailca.m4"),
        ])
    func found(present: String, debian: String, expected: String) throws {
        try make(present)
        #expect(places.path(debian) == expected)
        #expect(places.file(debian).string == FilePath(root.path).string + expected)
    }

    @Test("Where nothing is found they are where Debian has them, and so is what nobody knows of")
    func nothing() {
        for path in [
            "/etc/postfix/main.cf", "/etc/exim4/exim4.conf.localmacros", "/etc/smtpd.conf", "/etc/mail/m4/mailca.m4",
            "/etc/mail/sendmail.mc",
        ] { #expect(places.path(path) == path) }
    }

    @Test("What has a similar name is not taken for it")
    func similar() throws {
        try make("/usr/local/etc/postfix/main.cf")
        #expect(places.path("/etc/postfix2/main.cf") == "/etc/postfix2/main.cf")
    }

    @Test(
        "Sendmail's own files are found in each of their directories",
        arguments: ["/usr/share/sendmail/cf", "/usr/share/sendmail-cf", "/usr/lib/sendmail-cf"])
    func sendmail(folder: String) throws {
        #expect(places.sendmailFolder == nil)
        try make("\(folder)/m4/cf.m4")
        #expect(places.sendmailFolder == folder)
    }
}
