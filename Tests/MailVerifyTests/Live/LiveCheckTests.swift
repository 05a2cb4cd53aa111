import Foundation
import MailCA
import OpenSSLKit
import Testing

@testable import MailVerify

@Suite("What a running server showed")
struct LiveCheckTests {
    static let mistakes: [Mistake] = [
        seen("Nothing listens", raises: ["live.unreachable"]) { seen, _ in
            seen.end = .init(.connecting, .init(.refused, "connect"))
        },
        seen("No such host", raises: ["live.unreachable"]) { seen, _ in
            seen.end = .init(.connecting, .init(.unresolved, "find the address"))
        },
        seen("A server that says nothing", raises: ["live.no-answer"]) { seen, _ in
            seen.end = .init(.greeting, .init(.timedOut, "read a line"))
        },
        seen("A server that is busy", raises: ["live.no-answer"]) { seen, _ in
            seen.greeting = ServerReply(.later, ["421 too busy"])
            seen.security = nil
        },
        seen("A server that falls silent under TLS", raises: ["live.no-answer"]) { seen, material in
            seen.session = try session(material)
            seen.end = .init(.talking, .init(.timedOut, "read a line"))
        },
        seen("No STARTTLS", raises: ["live.no-tls"]) { seen, _ in seen.security = .notOffered },
        seen("STARTTLS that is taken back", raises: ["live.tls-refused"]) { seen, _ in
            seen.security = .refused(ServerReply(.later, ["454 4.7.0 TLS not available"]))
        },
        seen("Plain text before TLS", raises: ["live.injection"]) { seen, _ in
            seen.end = .init(.handshake, .init(.unexpectedInput, "begin TLS"))
        },
        seen("A handshake that fails", raises: ["live.handshake"]) { seen, _ in
            seen.end = .init(.handshake, .init(.tls, "agree on TLS", detail: "no shared cipher", alert: 40))
        },
        seen("A server that demands a certificate", raises: ["live.demands-certificate"]) { seen, material in
            seen.session = try session(material)
            seen.end = .init(.talking, .init(.tls, "read a line", alert: 116))
        },
        seen("An old protocol", raises: ["live.old-protocol"]) { seen, material in
            seen.session = try session(material, version: .tls11, cipher: "ECDHE-ECDSA-AES128-SHA")
        },
        seen("An old protocol and one older still", raises: ["live.old-protocol"]) { seen, material in
            seen.session = try session(material, version: .tls11, cipher: "ECDHE-ECDSA-AES128-SHA")
            seen.weaknesses = TLSWeaknesses(versions: [.tls10])
        },
        seen("Old protocols beside newer ones", raises: ["live.old-protocol-beside"]) { seen, material in
            seen.session = try session(material)
            seen.weaknesses = TLSWeaknesses(versions: [.tls11, .tls10])
        },
        seen(
            "An old protocol that no program of today speaks",
            raises: ["live.handshake", "live.old-protocol", "live.weak-cipher"]
        ) {
            seen, _ in
            seen.end = .init(.handshake, .init(.tls, "agree on TLS"))
            seen.weaknesses = TLSWeaknesses(newest: .ssl3, versions: [.ssl3], suites: [CipherSuite(5)])
        },
        seen("A weak cipher", raises: ["live.weak-cipher"]) { seen, material in
            seen.session = try session(material)
            seen.weaknesses = TLSWeaknesses(suites: [CipherSuite(0x34), CipherSuite(0x0a)])
        },
        seen("A cipher without forward secrecy", raises: ["live.no-forward-secrecy"]) { seen, material in
            seen.session = try session(material, version: .tls12, cipher: "AES128-SHA")
        },
        seen("A server that stalls when it is asked for old protocols", raises: ["live.weaknesses-unseen"]) {
            seen, material in
            seen.session = try session(material)
            seen.weaknesses = TLSWeaknesses(end: .init(.timedOut, "ask for a version of TLS"))
        },
        seen("No certificate", raises: ["live.no-certificate"]) { seen, material in
            seen.session = try session(material, [])
        },
        seen("A server that asks for no certificate", raises: ["live.asks-for-none"]) { seen, material in
            seen.session = try session(material, asks: false)
        },
        seen("A server that asks for certificates and names no CA", raises: ["live.asks-for-any"]) { seen, material in
            seen.session = try session(material, naming: [])
        },
        seen("A server that asks for other CAs", raises: ["live.asks-for-others"]) { seen, material in
            let other = try DistinguishedName([.commonName("Other CA")])
            seen.session = try session(material, naming: [other, other, other, other])
        },
        seen("A certificate that ended", raises: ["live.expired"], at: after(days: 400)) { seen, material in
            seen.session = try session(material)
        },
        seen("A certificate that ends soon", raises: ["live.expires-soon"], at: after(days: 350)) { seen, material in
            seen.session = try session(material)
        },
        seen("A certificate of tomorrow", raises: ["live.not-yet-valid"]) { seen, material in
            let leaf = try material.leaf(validity: Validity(notBefore: after(days: 1), days: 90)).certificate
            seen.session = try session(material, [leaf] + chain(material).dropFirst())
        },
        seen("A certificate that cannot be read", raises: ["live.malformed"]) { seen, material in
            let chain = try chain(material)
            seen.session = try session(material, [try chain[0].spoiled(extension: 0x11)] + chain.dropFirst())
        },
        seen("A certificate of another CA", raises: ["live.untrusted"]) { seen, material in
            let other = try Material(.rootAlone, name: "Other CA")
            let subjects = try anchors(material).map { try $0.subject() }
            seen.session = try session(other, naming: subjects)
        },
        seen("A certificate that signs itself", raises: ["live.untrusted"]) { seen, material in
            let subjects = try anchors(material).map { try $0.subject() }
            seen.session = try session(Material.shared(.selfSigned), naming: subjects)
        },
        seen("A certificate for users", raises: ["live.untrusted"]) { seen, material in
            let leaf = try material.leaf(usage: [.clientAuth]).certificate
            seen.session = try session(material, [leaf] + chain(material).dropFirst())
        },
        seen("A chain without the issuing CA", raises: ["live.chain-incomplete"]) { seen, material in
            seen.session = try session(material, [try chain(material)[0]])
        },
        seen("A certificate for another host", raises: ["live.name"]) { seen, material in
            let leaf = try material.leaf(names: [.dnsName("other.example.org")]).certificate
            seen.session = try session(material, [leaf] + chain(material).dropFirst())
        },
        .anywhere("A server that was not told of its new certificate", raises: ["live.other-certificate"]) {
            let material = try Material.shared(.issuingCA)
            var seen = try observation()
            seen.session = try session(material)
            let renewed = try material.leaf().certificate
            return LiveCheck(anchors: try anchors(material), deployed: (renewed, "/etc/mail/certs/cert.pem"), now: now)
                .findings(of: seen)
        },
    ]

    @Test("What is wrong is found, and nothing beside it", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A server with nothing wrong has no findings", arguments: Layout.allCases)
    func sound(_ layout: Layout) throws {
        let material = try Material.shared(layout)
        var seen = try Self.observation()
        let subjects = try Self.anchors(material).map { try $0.subject() }
        for naming in [subjects, Array(subjects.suffix(1))] {
            seen.session = try Self.session(material, naming: naming)
            let deployed = (try Self.chain(material)[0], "cert.pem")
            let check = LiveCheck(anchors: try Self.anchors(material), deployed: deployed, now: now)
            #expect(check.findings(of: seen) == [])
        }
    }

    @Test("A name that is an address is looked for among the addresses")
    func addresses() throws {
        let leaf = try certificate(signedBy: nil, names: [.ipAddress([192, 0, 2, 7])]).certificate
        for (url, expected) in [("smtp://192.0.2.7", []), ("smtp://192.0.2.8", ["live.name"])] {
            var seen = Observation(try MailService(url: url))
            seen.security = .offered
            seen.session = try Self.session(Material.shared(.selfSigned), [leaf], naming: [leaf.subject()])
            let check = LiveCheck(anchors: [leaf], now: now)
            #expect(check.findings(of: seen).map(\.id) == expected)
        }
    }

    private static func seen(
        _ what: String, raises expected: Set<String>, at time: Date = now,
        _ change: @escaping @Sendable (inout Observation, Material) throws -> Void
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            let material = try Material.shared(.issuingCA)
            var seen = try observation()
            try change(&seen, material)
            return LiveCheck(anchors: try anchors(material), now: time).findings(of: seen)
        }
    }

    private static func observation() throws -> Observation {
        var seen = Observation(try MailService(url: "smtp://mail.example.org"))
        seen.greeting = ServerReply(.yes, ["220 mail.example.org"])
        seen.security = .offered
        return seen
    }

    private static func chain(_ material: Material) throws -> [Certificate] {
        try Certificate.all(pem: Array(material.issued.chainPEM.utf8))
    }

    private static func anchors(_ material: Material) throws -> [Certificate] {
        material.members.isEmpty ? [material.issued.certificate] : material.members.map(\.certificate)
    }

    private static func session(
        _ material: Material, _ certificates: [Certificate]? = nil, version: TLSVersion = .tls13, asks: Bool = true,
        naming authorities: [DistinguishedName]? = nil, cipher: String = "TLS_AES_256_GCM_SHA384"
    ) throws -> TLSSession {
        TLSSession(
            version: version, cipher: cipher, certificates: try certificates ?? chain(material),
            asksForCertificate: asks, authorities: try authorities ?? anchors(material).map { try $0.subject() })
    }
}
