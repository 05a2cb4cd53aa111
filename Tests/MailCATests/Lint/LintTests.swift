import OpenSSLKit
import Testing

@testable import MailCA

@Suite("Lint")
struct LintTests {
    /// A good certificate of every profile, with what it is measured against.
    private func good(_ profile: Profile, in office: Office) throws -> Lint.Subject {
        let chain = office.authority.certificateFields
        let permitted = office.authority.permitted
        func subject(_ fields: CertificateFields, issuer: CertificateFields?) -> Lint.Subject {
            Lint.Subject(profile: profile, fields: fields, issuer: issuer, permitted: permitted)
        }
        switch profile {
        case .root: return subject(chain[1], issuer: nil)
        case .issuing: return subject(chain[0], issuer: chain[1])
        case .server:
            return subject(try office.authority.issue(.server(["mail.example.org"])).fields, issuer: chain[0])
        case .client:
            return subject(try office.authority.issue(.client("taro@example.org")).fields, issuer: chain[0])
        case .selfSigned:
            let fields = try SelfSigned.server(["mail.example.org"], now: beginning).fields
            return Lint.Subject(profile: profile, fields: fields, issuer: nil, permitted: nil)
        }
    }

    private func office() throws -> Office {
        try Office(.init(name: "Example Mail CA", domains: ["example.org"], offlineRoot: true))
    }

    @Test("A good certificate of every profile passes every rule")
    func passing() throws {
        let office = try office()
        for profile in Profile.allCases {
            let subject = try good(profile, in: office)
            for lint in Lint.all { #expect(lint.check(subject) == nil, "\(lint.id) of \(profile.rawValue)") }
            #expect(Lint.findings(in: subject).isEmpty)
        }
    }

    @Test("A certificate that breaks a rule is found by that rule", arguments: LintFixture.all)
    func failing(fixture: LintFixture) throws {
        var subject = try good(fixture.profile, in: office())
        try fixture.damage(&subject)
        let finding = try #require(Lint.findings(in: subject).first { $0.hasPrefix("\(fixture.rule): ") })
        if fixture.finding == "critical are" {
            #expect(finding.hasPrefix("\(fixture.rule): \(fixture.finding) ["))
        } else {
            #expect(finding == "\(fixture.rule): \(fixture.finding)")
        }
    }

    @Test("Every rule has a certificate that breaks it, and none breaks a rule that is not there")
    func complete() {
        let rules = Lint.all.map(\.id)
        let broken = Set(LintFixture.all.map(\.rule))
        #expect(Set(rules).subtracting(broken).isEmpty, "these rules have no failing fixture")
        #expect(broken.subtracting(rules).isEmpty, "these fixtures are of no rule")
        #expect(Set(rules).count == rules.count, "an identifier is there twice")
    }

    @Test("Every rule has a stable name and a sentence")
    func wording() {
        for lint in Lint.all {
            #expect(lint.id.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil, "\(lint.id)")
            #expect(lint.rule.hasSuffix("."), "\(lint.id)")
            #expect(lint.rule.first?.isUppercase == true, "\(lint.id)")
        }
    }

    @Test("All that is wrong is found at once")
    func several() throws {
        var subject = try good(.server, in: office())
        subject.fields.version = 1
        subject.fields.extensions.keyUsage = nil
        subject.fields.extensions.authorityKeyIdentifier = nil
        #expect(
            Lint.findings(in: subject) == [
                "version: it is version 1", "key-usage: there is none", "authority-key-identifier: there is none",
            ])
    }

    @Test("A certificate is not signed where it breaks a rule")
    func notSigned() throws {
        let key = try Keys.key(.ecP256)
        let template = try CertificateTemplate.server(
            [ServerName("mail.example.org")], profile: .server, validity: Validity(notBefore: beginning, days: 1),
            publicKey: key.publicKey)
        let error = try #require(
            #expect(throws: MailCAError.self) {
                try sign(
                    template, serialNumber: SerialNumber([7]), issuer: nil, permitted: nil, key: key, time: beginning)
            })
        #expect(error.code == .internalFault)
        #expect(error.message.contains("serial-number: it has only 1 octets"))
    }
}
