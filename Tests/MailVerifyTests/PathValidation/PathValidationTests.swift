import FoundationEssentials
import MailCA
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("Path validation")
struct PathValidationTests {
    /// A mistake in one certificate of a path.
    private static func path(
        _ what: String, raises expected: Set<String>, purpose: TrustStore.Purpose = .server,
        peer: PathValidation.Peer? = nil, leaf: @escaping @Sendable (inout RawCertificate) -> Void = { _ in },
        root: @escaping @Sendable (inout RawCertificate) -> Void = { _ in },
        issuing: @escaping @Sendable (inout RawCertificate) -> Void = { _ in }
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            try PathFixture(root: root, issuing: issuing, leaf: leaf).verdict(purpose: purpose, peer: peer).findings
        }
    }

    /// A mistake in what is given to the validation.
    private static func given(
        _ what: String, raises expected: Set<String>,
        _ verdict: @escaping @Sendable (PathFixture) throws -> PathValidation.Verdict
    ) -> Mistake {
        .anywhere(what, raises: expected) { try verdict(PathFixture()).findings }
    }

    static let mistakes: [Mistake] = ours + openSSLs + names

    private static let ours: [Mistake] = [
        path("A certificate for another host", raises: ["path.name"], peer: host("imap.example.org")),
        path(
            "A host that is the common name alone", raises: ["path.name", "path.no-names"],
            peer: host("mail.example.org")
        ) {
            $0.remove(ExtensionIdentifier.subjectAlternativeName)
        },
        path("A certificate without names", raises: ["path.no-names"]) {
            $0.remove(ExtensionIdentifier.subjectAlternativeName)
        },
        path("A certificate without an extended key usage", raises: ["path.no-usage"]) {
            $0.remove(ExtensionIdentifier.extendedKeyUsage)
        },
        path("A certificate for any use", raises: ["path.any-usage"]) {
            $0.set(.extendedKeyUsage(.serverAuth, .any))
        },
        path("A CA's certificate in the place of a server's", raises: ["path.leaf-is-ca"]) {
            $0.set(.basicConstraints(isCA: true))
            $0.set(.keyUsage(0x80))
        },
        path("A certificate of version 2 with extensions", raises: ["path.extensions", "path.version"]) {
            $0.version = 1
        },
        path("A certificate of version 1", raises: ["path.version"], purpose: .any) {
            $0.version = nil
            $0.extensions = []
        },
        path(
            "Name constraints that are not critical", raises: ["path.constraints-not-critical"],
            issuing: { $0.set(.nameConstraints(permitted: [dns("example.org")], isCritical: false)) }),
        path(
            "Name constraints in a root that are not critical", raises: ["path.constraints-not-critical"],
            root: { $0.set(.nameConstraints(permitted: [dns("example.org")], isCritical: false)) }),
        path(
            "Name constraints of two empty lists", raises: ["path.constraints-empty"],
            issuing: {
                $0.set(
                    .init(
                        identifier: ExtensionIdentifier.nameConstraints, isCritical: true,
                        content: [0x30, 0x04, 0xa0, 0, 0xa1, 0]))
            }),
        path(
            "Name constraints of nothing", raises: ["path.constraints-empty", "path.malformed"],
            issuing: { $0.set(.nameConstraints()) }),
        path(
            "A constraint with a leading dot", raises: ["path.constraints-malformed"],
            issuing: { $0.set(.nameConstraints(permitted: [dns(".example.org")])) }),
        path("Name constraints in a server's certificate", raises: ["path.constraints-in-leaf"]) {
            $0.set(.nameConstraints(permitted: [dns("example.org")]))
        },
        path(
            "A wildcard over a name that is excluded", raises: ["path.wildcard-excluded"],
            leaf: { $0.set(.hosts("*.example.org")) },
            issuing: { $0.set(.nameConstraints(excluded: [dns("bad.example.org")])) }),
        path(
            "Policy constraints that are not critical", raises: ["path.policy-not-critical"],
            issuing: { $0.set(policyConstraints(isCritical: false)) }),
        path(
            "inhibitAnyPolicy that is not critical", raises: ["path.policy-not-critical"],
            issuing: { $0.set(.init(identifier: "2.5.29.54", content: [0x02, 1, 0])) }),
        path("A serial number of zero", raises: ["path.serial-number"]) { $0.serialNumber = [0] },
        path("A negative serial number", raises: ["path.serial-number"]) { $0.serialNumber = [0x85, 0x01] },
        path("A serial number of 21 octets", raises: ["path.serial-number"]) {
            $0.serialNumber = [0x00, 0x80] + [UInt8](repeating: 7, count: 19)
        },
        path("An RSA key of 2052 bits", raises: ["path.key"]) { $0.key = RawDER.rsaKey(bits: 2_052) },
        path("An RSA key with the exponent 3", raises: ["path.key"]) {
            $0.key = RawDER.rsaKey(bits: 2_048, exponent: [3])
        },
        path("An RSA key with an even exponent", raises: ["path.key"]) {
            $0.key = RawDER.rsaKey(bits: 2_048, exponent: [1, 0, 2])
        },
        path("A DSA key", raises: ["path.key"]) { $0.key = RawDER.dsaKey },
        path("Access information that is malformed", raises: ["path.malformed"]) {
            $0.set(.init(identifier: "1.3.6.1.5.5.7.1.1", content: Array("malformed".utf8)))
        },
        path("Access information that names nothing", raises: ["path.malformed"]) {
            $0.set(.init(identifier: "1.3.6.1.5.5.7.1.1", content: [0x30, 0]))
        },
        given("A list without a number", raises: ["path.list-without-number"]) { fixture in
            let list = try RawDER.revocationList(
                issuer: fixture.root.certificate.subject(), key: fixture.root.key, number: nil)
            return try fixture.verdict(lists: [fixture.lists()[0], list])
        },
    ]

    private static let openSSLs: [Mistake] = [
        given("A certificate that ended", raises: ["path.expired"]) { try $0.verdict(at: after(days: 366)) },
        given("A certificate of tomorrow", raises: ["path.not-yet-valid"]) { try $0.verdict(at: after(days: -1)) },
        given("A certificate that was revoked", raises: ["path.revoked"]) {
            try $0.verdict(lists: $0.lists(revoking: [$0.leaf]))
        },
        given("No list of the root", raises: ["path.no-list"]) { try $0.verdict(lists: [$0.lists()[0]]) },
        given("Lists that ended", raises: ["path.list-expired"]) {
            try $0.verdict(lists: $0.lists(days: 10), at: after(days: 11))
        },
        given("Lists of the day after tomorrow", raises: ["path.list-not-yet-valid"]) { fixture in
            let lists = try [fixture.issuing, fixture.root].map {
                try RawDER.revocationList(
                    issuer: $0.certificate.subject(), key: $0.key, number: 1, from: after(days: 2),
                    until: after(days: 9))
            }
            return try fixture.verdict(lists: lists)
        },
        given("A list that another key signed", raises: ["path.list-invalid"]) { fixture in
            var bytes = try fixture.lists()[0].der
            bytes[bytes.count - 1] ^= 1
            return try fixture.verdict(lists: [RevocationList(der: bytes), fixture.lists()[1]])
        },
        given("No issuing CA", raises: ["path.no-issuer"]) { try $0.verdict(chain: []) },
        given("Another root", raises: ["path.untrusted-root"]) {
            try $0.verdict(
                roots: [PathFixture().root.certificate], chain: [$0.issuing.certificate, $0.root.certificate])
        },
        given("A signature that was changed", raises: ["path.signature"]) { fixture in
            var other = fixture
            var bytes = fixture.leaf.der
            bytes[bytes.count - 1] ^= 1
            other.leaf = try Certificate(der: bytes)
            return try other.verdict()
        },
        given("One intermediate where none may be", raises: ["path.too-long"]) { try $0.verdict(depth: 0) },
        path(
            "A CA that may have none below it", raises: ["path.too-long"],
            root: { $0.set(.basicConstraints(isCA: true, pathLength: 0)) }),
        path(
            "A host that the CA may not name", raises: ["path.names-not-permitted"],
            issuing: { $0.set(.nameConstraints(permitted: [dns("example.com")])) }),
        path(
            "A mailbox that cannot be compared", raises: ["path.names-incomparable", "path.malformed-name"],
            leaf: { $0.set(.mailboxes("nobody")) },
            issuing: { $0.set(.nameConstraints(permitted: [mail("example.org")])) }),
        path("A client's certificate", raises: ["path.purpose"]) { $0.set(.extendedKeyUsage(.clientAuth)) },
        path(
            "A server that signed another", raises: ["path.not-a-ca"],
            issuing: {
                $0.set(.basicConstraints(isCA: false))
                $0.set(.keyUsage(0x80))
            }),
        path("An RSA key of 1024 bits", raises: ["path.weak", "path.key"]) { $0.key = RawDER.rsaKey(bits: 1_024) },
        path("A critical extension that nobody knows", raises: ["path.extensions"]) {
            $0.extensions.append(.init(identifier: "1.2.3.4.5", isCritical: true, content: [0x05, 0]))
        },
        path("A proxy's certificate", raises: ["path.invalid"], purpose: .any) {
            $0.remove(ExtensionIdentifier.subjectAlternativeName)
            $0.set(
                .init(
                    identifier: "1.3.6.1.5.5.7.1.14", isCritical: true,
                    content: RawDER.sequence(RawDER.sequence(RawDER.identifier("1.3.6.1.5.5.7.21.1")))))
        },
    ]

    private static let names: [Mistake] =
        [
            "ma*.example.org", "*", "mail_1.example.org", ".example.org", "mail..example.org", "mail.example.org.",
            "-mail.example.org", "mail.*.org", "192.0.2.7", "mail example.org", "",
            String(repeating: "a", count: 64) + ".org",
        ].map { name in path("The name \(name)", raises: ["path.malformed-name"]) { $0.set(.hosts(name)) } }
        + [
            "a@b@example.org", "@example.org", "taro@", "taro@-x.org", "ta ro@example.org", "taro..x@example.org",
            "*@*.org",
        ]
        .map { name in
            path("The mailbox \(name)", raises: ["path.malformed-name"]) { $0.set(.mailboxes(name)) }
        }

    @Test("What is wrong in a path is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    /// A path that has nothing wrong, though it comes near.
    struct Sound: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let peer: PathValidation.Peer?
        let issuing: @Sendable (inout RawCertificate) -> Void
        let leaf: @Sendable (inout RawCertificate) -> Void

        init(
            _ what: String, peer: PathValidation.Peer? = nil,
            leaf: @escaping @Sendable (inout RawCertificate) -> Void = { _ in },
            issuing: @escaping @Sendable (inout RawCertificate) -> Void = { _ in }
        ) {
            testDescription = what
            self.peer = peer
            self.issuing = issuing
            self.leaf = leaf
        }
    }

    private static let sound: [Sound] = [
        Sound("nothing special"),
        Sound("a wildcard", peer: host("mail.example.org")) { $0.set(.hosts("*.example.org")) },
        Sound("a name in capitals and one label", peer: host("localhost")) {
            $0.set(.hosts("MAIL.example.org", "localhost"))
        },
        Sound("a host of numbers") { $0.set(.hosts("25.smtp.example.org")) },
        Sound("an address", peer: address("192.0.2.7")) { $0.set(.names([ip([192, 0, 2, 7])])) },
        Sound("a mailbox", peer: mailbox("taro+mail@EXAMPLE.org")) { $0.set(.mailboxes("taro+mail@example.org")) },
        Sound("a mailbox in quotes") { $0.set(.mailboxes("\"ta ro\"@example.org")) },
        Sound("an identifier of a resource") { $0.set(.names([uri("urn:mail:1")])) },
        Sound("two uses") { $0.set(.extendedKeyUsage(.clientAuth, .serverAuth)) },
        Sound("no basic constraints") { $0.remove(ExtensionIdentifier.basicConstraints) },
        Sound(
            "constraints of every kind",
            issuing: {
                $0.set(
                    .nameConstraints(
                        permitted: [dns("example.org"), mail("example.org"), mail(".example.org")],
                        excluded: [ip([UInt8](repeating: 0, count: 32))]))
            }),
        Sound(
            "a wildcard beside what is excluded",
            leaf: { $0.set(.hosts("*.example.org")) },
            issuing: { $0.set(.nameConstraints(excluded: [dns("very.bad.example.org")])) }),
        Sound("critical policy constraints", issuing: { $0.set(policyConstraints(isCritical: true)) }),
        Sound("a serial number of 20 octets") { $0.serialNumber = [UInt8](repeating: 0x7f, count: 20) },
        Sound("a plain RSA key") { $0.key = RawDER.rsaKey(bits: 2_048) },
        Sound("a long RSA exponent") { $0.key = RawDER.rsaKey(bits: 3_072, exponent: [1, 0, 0, 1]) },
        Sound("access information") {
            let location = RawDER.value(0x86, Array("http://ca.example.org/ca.crt".utf8))
            $0.set(
                .init(
                    identifier: "1.3.6.1.5.5.7.1.1",
                    content: RawDER.sequence(RawDER.sequence(RawDER.identifier("1.3.6.1.5.5.7.48.2"), location))))
        },
    ]

    @Test("What each check lets pass is not taken for wrong", arguments: sound)
    func passes(sound: Sound) throws {
        let fixture = try PathFixture(issuing: sound.issuing, leaf: sound.leaf)
        let verdict = try fixture.verdict(peer: sound.peer)
        #expect(verdict.findings == [])
        #expect(verdict.isValid)
        #expect(verdict.path == [fixture.leaf, fixture.issuing.certificate, fixture.root.certificate])
    }

    @Test("Where no use is named a CA's certificate is good, and one without names or uses too")
    func anyPurpose() throws {
        let fixture = try PathFixture(leaf: {
            $0.remove(ExtensionIdentifier.subjectAlternativeName)
            $0.remove(ExtensionIdentifier.extendedKeyUsage)
        })
        #expect(try fixture.verdict(purpose: .any).isValid)
        let validation = try PathValidation(roots: [fixture.root.certificate], time: after(days: 1))
        #expect(validation.validate(fixture.issuing.certificate).isValid)
        #expect(validation.validate(fixture.root.certificate).isValid)
    }

    @Test("Any certificate can be trusted where none of those named signed itself; a root's number may be zero")
    func anchors() throws {
        let fixture = try PathFixture(root: { $0.serialNumber = [0] })
        #expect(try fixture.verdict().isValid)
        let partial = try fixture.verdict(roots: [fixture.issuing.certificate], chain: [])
        #expect(partial.findings == [])
        #expect(partial.path == [fixture.leaf, fixture.issuing.certificate])
        // Beside a root it only stands between.
        let beside = try fixture.verdict(
            roots: [PathFixture().root.certificate, fixture.issuing.certificate], chain: [])
        #expect(beside.findings.map(\.id) == ["path.no-issuer"])
        #expect(try fixture.verdict(roots: [fixture.issuing.certificate, fixture.root.certificate]).path?.count == 3)
    }

    @Test("Numbered lists, also more than are needed, and of two ages, are believed")
    func lists() throws {
        let (fixture, stranger) = (try PathFixture(), try PathFixture())
        #expect(try fixture.verdict(lists: stranger.lists() + fixture.lists()).isValid)
        let unnumbered = try RawDER.revocationList(
            issuer: DistinguishedName([.commonName("Somebody Else")]), key: stranger.root.key, number: nil)
        #expect(try fixture.verdict(lists: [unnumbered] + fixture.lists()).isValid)
        // The newer list counts.
        let old = try fixture.lists(days: 0.5)
        #expect(try fixture.verdict(lists: old + fixture.lists()).isValid)
        #expect(try fixture.verdict(lists: fixture.lists() + old).isValid)
    }

    @Test("The chain may stand in any order, with several roots and certificates that are not needed")
    func anyOrder() throws {
        let (fixture, stranger) = (try PathFixture(), try PathFixture())
        let all = [
            stranger.root.certificate, stranger.leaf, fixture.root.certificate, fixture.leaf,
            fixture.issuing.certificate,
            fixture.issuing.certificate, stranger.issuing.certificate,
        ]
        for chain in [all, all.reversed()] {
            let verdict = try fixture.verdict(
                roots: [stranger.root.certificate, fixture.root.certificate], chain: chain)
            #expect(verdict.findings == [])
            #expect(verdict.path?.count == 3)
        }
    }

    @Test("A bad certificate of the same CA harms nobody while a good one is beside it")
    func alternatives() throws {
        let fixture = try PathFixture()
        let key = fixture.issuing.key
        func issuing(_ signer: PrivateKey, _ change: (inout RawCertificate) -> Void) throws -> Certificate {
            var draft = try PathFixture.authority("Path Issuing", key, signedBy: signer, issuer: "Path Root")
            change(&draft)
            return try draft.signed(by: signer)
        }
        let bad = [
            try issuing(fixture.root.key) { $0.notAfter = now },
            try issuing(fixture.root.key) { $0.set(.nameConstraints(permitted: [dns("example.com")])) },
            try issuing(fixture.root.key) { $0.serialNumber = [0] },
            try issuing(PathFixture().root.key) { _ in },
        ]
        for chain in [bad + [fixture.issuing.certificate], [fixture.issuing.certificate] + bad] {
            #expect(try fixture.verdict(chain: chain).findings == [])
        }
        #expect(try !fixture.verdict(chain: bad).isValid)
    }

    @Test("Many certificates of one name that all lead nowhere end in a refusal, and soon", .timed)
    func bounded() throws {
        let fixture = try PathFixture()
        let stranger = try PrivateKey.generate(.ecP256)
        let chain = try (1...200).map { number in
            var draft = try PathFixture.authority(
                "Path Issuing", fixture.issuing.key, signedBy: stranger, issuer: "Path Root")
            draft.serialNumber = [1, UInt8(number)]
            return try draft.signed(by: stranger)
        }
        let start = ContinuousClock.now
        #expect(try !fixture.verdict(chain: chain).isValid)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test("Findings say which certificate, with its name, and what limit was passed")
    func words() throws {
        let constrained = try PathFixture(issuing: {
            $0.set(.nameConstraints(permitted: [dns("example.org")], isCritical: false))
        })
        let finding = try #require(try constrained.verdict().findings.first)
        #expect(finding.message.contains("of the CA certificate CN=Path Issuing are not critical"))
        #expect(finding.subject == "certificate" && finding.severity == .error)
        let expired = try #require(try PathFixture().verdict(at: after(days: 400)).findings.first)
        #expect(expired.message.contains("CN=Path Root ended on 2028-01-15 08:00:00 UTC"), "\(expired)")
        let deep = try #require(try PathFixture().verdict(depth: 0).findings.first)
        #expect(deep.message.contains("at most 0 may (--depth)"))
        #expect(try PathFixture().verdict(depth: 1).isValid)
        let foreign = try PathFixture(leaf: { $0.set(.hosts("a.example.org", "b.example.org")) })
        let name = try #require(try foreign.verdict(peer: host("mail.example.org")).findings.first)
        #expect(
            name.message == "the certificate is not for mail.example.org, but for DNS:a.example.org, DNS:b.example.org")
    }
}

private func policyConstraints(isCritical: Bool) -> RawCertificate.Extension {
    .init(identifier: "2.5.29.36", isCritical: isCritical, content: RawDER.sequence(RawDER.value(0x80, [3])))
}

private func host(_ text: String) -> PathValidation.Peer? { (try? HostName(text)).map { .server(.host($0)) } }
private func address(_ text: String) -> PathValidation.Peer? { (try? IPAddress(text)).map { .server(.address($0)) } }
private func mailbox(_ text: String) -> PathValidation.Peer? { (try? EmailAddress(text)).map { .mailbox($0) } }
