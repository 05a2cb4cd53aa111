import Foundation
import MailCA
import OpenSSLKit
import TestSupport
import Testing

@testable import MailVerify

@Suite("The OCSP response that a server staples", .onIdleThreads, .timed)
struct LiveStapleTests {
    static let mistakes: [Mistake] = [
        stapled("A response that ended", raises: ["live.staple-expired"], daysLater: 8) { try $0.response() },
        stapled("A response of the future", raises: ["live.staple-not-yet-valid"], daysLater: -0.02) {
            try $0.response()
        },
        stapled("A response that says revoked", raises: ["live.staple-revoked"]) { try $0.response(.revoked) },
        stapled("A response that knows nothing", raises: ["live.staple-unknown"]) { try $0.response(.unknown) },
        stapled("A response of another certificate", raises: ["live.staple-wrong"]) { people in
            let other = try Identity(signedBy: people.root)
            return try people.response(to: other.certificate)
        },
        stapled("A response of the server's own making", raises: ["live.staple-untrusted"]) { people in
            try people.response(signedBy: people.server)
        },
        stapled("A response that cannot be read", raises: ["live.staple-malformed"]) { _ in [1, 2, 3] },
        stapled("A responder without an answer", raises: ["live.staple-malformed"]) { _ in [0x30, 3, 0x0a, 1, 3] },
        .anywhere("A certificate with which a response has to come, and none does", raises: ["live.staple-missing"]) {
            let people = try People()
            let leaf = try people.demandingStaple()
            return try people.findings(leaf, nil, Date())
        },
    ]

    @Test("What is wrong with it is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("A good one is no finding, whoever of those who may has signed it, and none is none either")
    func sound() throws {
        let people = try People()
        let delegate = try Identity(
            signedBy: people.root, names: [.dnsName("ocsp.example.org")], usage: [.ocspSigning])
        let leaf = people.server.certificate
        for response in [try people.response(), try people.response(signedBy: delegate), nil] {
            #expect(try people.findings(leaf, response, Date()) == [])
        }
        let demanding = try people.demandingStaple()
        #expect(try people.findings(demanding, people.response(to: demanding), Date()) == [])
    }

    private static func stapled(
        _ what: String, raises expected: Set<String>, daysLater: Double = 0,
        _ response: @escaping @Sendable (People) throws -> [UInt8]
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            let people = try People()
            return try people.findings(
                people.server.certificate, response(people), Date().addingTimeInterval(daysLater * 86_400))
        }
    }

    /// A CA and its server.
    private struct People {
        let server: Identity
        let root: Authority.Member

        init() throws { (server, _, root) = try Identity.pair() }

        func response(
            _ status: OCSPResponder.Status = .good, to certificate: Certificate? = nil, signedBy signer: Identity? = nil
        ) throws -> [UInt8] {
            let certificate = certificate ?? server.certificate
            let responder = try OCSPResponder(
                issuer: root.certificate.pem, signer: signer?.certificate.pem, key: try (signer?.key ?? root.key).text()
            )
            return try responder.response(to: certificate.pem, "\(certificate.serialNumber)", status)
        }

        func findings(_ leaf: Certificate, _ staple: [UInt8]?, _ time: Date) throws -> [Finding] {
            var seen = Observation(try MailService(url: "smtp://mail.example.org"))
            seen.greeting = ServerReply(.yes, ["220 mail.example.org"])
            seen.security = .offered
            seen.session = TLSSession(
                version: .tls13, cipher: "TLS_AES_256_GCM_SHA384", certificates: [leaf], asksForCertificate: true,
                authorities: [try root.certificate.subject()], stapledResponse: staple)
            return LiveCheck(anchors: [root.certificate], now: time).findings(of: seen)
        }

        /// A certificate that says that a response comes with it, by OpenSSL's own program.
        func demandingStaple() throws -> Certificate {
            let scratch = try TemporaryDirectory()
            try scratch.write(root.certificate.pem, to: "ca.pem")
            try scratch.write(try root.key.text(), to: "ca.key")
            try scratch.write(
                """
                basicConstraints = critical, CA:false
                keyUsage = critical, digitalSignature
                extendedKeyUsage = serverAuth
                subjectAltName = DNS:mail.example.org
                subjectKeyIdentifier = hash
                authorityKeyIdentifier = keyid
                tlsfeature = status_request

                """, to: "extensions")
            let request = try Command.run(
                "openssl",
                [
                    "req", "-new", "-key", server.tls.key, "-subj", "/CN=mail.example.org", "-out",
                    scratch.file("request"),
                ])
            try #require(request.status == 0, "\(request.everything)")
            let made = try Command.run(
                "openssl",
                [
                    "x509", "-req", "-in", scratch.file("request"), "-CA", scratch.file("ca.pem"), "-CAkey",
                    scratch.file("ca.key"), "-days", "60", "-extfile", scratch.file("extensions"),
                ])
            try #require(made.status == 0, "\(made.everything)")
            return try #require(try Certificate.all(pem: Array(made.stdout.utf8)).first)
        }
    }
}
