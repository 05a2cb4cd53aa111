import Testing

@testable import MailLayouts

@Suite("Lines for OpenSMTPD")
struct OpenSMTPDConfigurationTests {
    private func lines(_ policy: ClientPolicy, _ relay: RelayRule = .all) -> [String] {
        let all = OpenSMTPDConfiguration.fragments(.init(certs: "/etc/mail/certs", policy: policy, relay: relay))
        return all[0].text.split(separator: "\n").map(String.init)
    }

    @Test("Relaying takes a port that demands a certificate, and a rule for who comes by it")
    func relay() {
        #expect(
            lines(.relay) == [
                #"pki mailca cert "/etc/mail/certs/cert.pem""#, #"pki mailca key "/etc/mail/certs/privkey.pem""#,
                #"ca mailca cert "/etc/mail/certs/cacert.pem""#, "listen on 0.0.0.0 port 25 tls pki mailca",
                "listen on :: port 25 tls pki mailca",
                "listen on 0.0.0.0 port 587 tls-require verify pki mailca ca mailca tag mailca_certificate",
                "listen on :: port 587 tls-require verify pki mailca ca mailca tag mailca_certificate",
                #"action "mailca_relay" relay"#,
                #"match tag mailca_certificate from any for any action "mailca_relay""#,
            ])
    }

    @Test("No public port demands a certificate", arguments: ClientPolicy.allCases)
    func publicPort(policy: ClientPolicy) {
        #expect(lines(policy).filter { $0.contains("port 25 ") }.allSatisfy { $0.hasSuffix("port 25 tls pki mailca") })
    }

    @Test("Where only listed certificates relay, no rule lets one by", arguments: ClientPolicy.allCases)
    func listed(policy: ClientPolicy) {
        let tagged = lines(policy, .listed).filter { $0.hasPrefix("match tag") }
        #expect(tagged.isEmpty)
        #expect(lines(policy, .listed).contains { $0.hasPrefix("match auth") } == (policy == .passwordOrCertificate))
    }

    @Test("Every action that is named is there once")
    func actions() {
        for policy in ClientPolicy.allCases {
            for rule in RelayRule.allCases {
                let all = lines(policy, rule)
                let isUsed = all.contains { $0.hasPrefix("match") }
                #expect(all.filter { $0.hasPrefix("action") }.count == (isUsed ? 1 : 0))
            }
        }
    }
}
