import Testing

@testable import MailLayouts

@Suite("Lines for Exim")
struct EximConfigurationTests {
    private func lines(_ policy: ClientPolicy, _ relay: RelayRule = .all) -> [String] {
        let all = EximConfiguration.fragments(.init(certs: "/etc/mail/certs", policy: policy, relay: relay))
        return all[0].text.split(separator: "\n").map(String.init)
    }

    @Test("Encryption takes three lines, and asks nobody for a certificate")
    func encryption() {
        #expect(
            lines(.encryption) == [
                "tls_advertise_hosts = *", "tls_certificate = /etc/mail/certs/cert.pem",
                "tls_privatekey = /etc/mail/certs/privkey.pem",
            ])
    }

    @Test("Relaying is decided by chain, revocation lists and the list of fingerprints")
    func relay() {
        let listed =
            "and{{eq{$tls_in_certificate_verified}{1}}{eq{${lookup{${sha256:$tls_in_peercert}}lsearch{/etc/mail/certs/exim.clients}{yes}{no}}}{yes}}}"
        #expect(
            lines(.relay) == lines(.encryption) + [
                "tls_verify_certificates = /etc/mail/certs/${lc:cacert.pem}", "tls_crl = /etc/mail/certs/crl.pem",
                "MAILCA_LISTED = \(listed)", "daemon_smtp_ports = 25 : 587", "tls_try_verify_hosts = *",
                "MAIN_ACL_CHECK_RCPT = ${if MAILCA_LISTED{accept}{acl_check_rcpt}}",
                ".ifdef _OPT_MAIN_GNUTLS_COMPAT_MODE",
                "tls_require_ciphers = ${if eq{$received_port}{25}{NORMAL}{NORMAL:-VERS-TLS1.0:-VERS-TLS1.1}}",
                ".endif",
            ])
    }

    @Test("The list of fingerprints decides with either rule", arguments: ClientPolicy.allCases)
    func rules(policy: ClientPolicy) {
        #expect(lines(policy, .listed) == lines(policy, .all))
        #expect(lines(policy).contains { $0.contains("exim.clients") } == (policy != .encryption))
        // The $ is what has the lists read at every connection.
        #expect(lines(policy).contains { $0.contains("${lc:cacert.pem}") } == (policy != .encryption))
    }

    @Test("A demanded certificate is demanded on one port, and asked for on no other")
    func demand() {
        let all = lines(.demand)
        #expect(all.contains("tls_verify_hosts = ${if eq{$received_port}{465}{*}{}}"))
        #expect(!all.contains { $0.hasPrefix("tls_try_verify_hosts") })
    }

    @Test("What logs in by certificate comes with one policy alone")
    func authenticator() {
        for policy in ClientPolicy.allCases {
            let files = EximConfiguration.fragments(.init(certs: "/srv/x", policy: policy)).map(\.file)
            let expected = ["/etc/exim4/exim4.conf.localmacros"]
            #expect(
                files == (policy == .passwordOrCertificate ? expected + ["/etc/exim4/conf.d/auth/40_mailca"] : expected)
            )
        }
        #expect(
            lines(.passwordOrCertificate) == lines(.relay) + ["auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}"])
    }
}
