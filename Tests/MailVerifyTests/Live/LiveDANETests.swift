import Foundation
import MailCA
import OpenSSLKit
import TestSupport
import Testing

@testable import MailVerify

@Suite("DANE records of a running server", .onIdleThreads, .timed)
struct LiveDANETests {
    static let mistakes: [Mistake] = [
        published("A record of another key", raises: ["live.tlsa-mismatch"]) { _ in .given([other]) },
        published("A record of a CA that is not sent", raises: ["live.tlsa-mismatch"]) { material in
            .given([try record(2, material.members[0].certificate)])
        },
        published("A true record beside one of another key", raises: ["live.tlsa-other"]) { material in
            .given([other, try record(3, material.issued.certificate)])
        },
        published("A usage that mail servers do not know", raises: ["live.tlsa-unusable"]) { material in
            .given([try record(1, material.issued.certificate)])
        },
        published("No record", raises: ["live.tlsa-none"]) { _ in
            .found(.init(records: [], isAuthenticated: true))
        },
        published("Records without a signature", raises: ["live.tlsa-unauthenticated"]) { material in
            .found(.init(records: [try record(3, material.issued.certificate)], isAuthenticated: false))
        },
        published("Name servers that fail", raises: ["live.tlsa-lookup"]) { _ in
            .unknown(.init(.unresolved, "find the TLSA records of x"))
        },
    ]

    @Test("What is wrong with them is found", arguments: mistakes)
    func found(mistake: Mistake) throws { try mistake.check() }

    @Test("True records are no finding, of the key or of the issuing CA that is sent, also where the CA is no matter")
    func sound() throws {
        let material = try Material.shared(.issuingCA)
        let records = [
            try Self.record(3, material.issued.certificate), try Self.record(2, material.members[1].certificate),
        ]
        for published in [.given(records), .found(.init(records: records, isAuthenticated: true))] as [PublishedRecords]
        {
            #expect(try Self.findings(material, published) == [])
            #expect(try Self.findings(material, published, anchors: []) == [])
        }
    }

    @Test("What is wrong is said so that it can be mended")
    func words() throws {
        let material = try Material.shared(.issuingCA)
        let finding = try #require(try Self.findings(material, .given([Self.other])).first)
        let digest = try material.issued.certificate.publicKey().sha256.hexadecimal()
        #expect(finding.remedy.contains("_25._tcp.mail.example.org. IN TLSA 3 1 1 \(digest)"), "\(finding)")
        #expect(finding.message.contains("3 1 1 abab"))
        let unsent = try Self.findings(material, .given([try Self.record(2, material.members[0].certificate)])).first
        #expect(unsent?.message.contains("no CA's certificate that it sends is that one (it sends 1)") == true)
    }

    @Test("The DNS is asked for the name and port of the service, in A-labels")
    func lookup() throws {
        #expect(try MailService(url: "smtp://mail.example.org").tlsaOwner == "_25._tcp.mail.example.org")
        #expect(try MailService(url: "imaps://bücher.example:994").tlsaOwner == "_994._tcp.xn--bcher-kva.example")
        #expect(try MailService(url: "smtp://[::1]").tlsaOwner == nil)
        let service = try MailService(url: "smtp://mail.example.org")
        let server = try ScriptedNameServer(.init(["030101" + String(repeating: "ab", count: 32)]))
        let address = try #require(SocketAddress(bytes: [127, 0, 0, 1], port: server.port))
        #expect(
            PublishedRecords(of: service, at: NameServer(address: address), within: .seconds(5))
                == .found(.init(records: [Self.other], isAuthenticated: true)))
        let nobody = try #require(SocketAddress(bytes: [127, 0, 0, 1], port: try ScriptedServer([]).port))
        guard case .unknown = PublishedRecords(of: service, at: NameServer(address: nobody), within: .seconds(2)) else {
            Issue.record("nobody has an answer")
            return
        }
    }

    @Test("Lines of a zone are read, and what is no record in them is passed over")
    func zone() throws {
        let text = """
            $TTL 3600
            example.org. IN SOA ns.example.org. root.example.org. 1 2 3 4 5 ; TLSA
            mail IN A 192.0.2.1
            _25._tcp.mail.example.org. IN TLSA 3 1 1 aa
            _587._tcp.MAIL.example.org. 3600 IN TLSA ( 3 1 1
                bb cc ) ; the next
            _465._tcp.mail TLSA 2 0 1 dd
            3 1 1 ee

            """
        let records = try PublishedRecord.all(in: text, "zone")
        #expect(records.map { "\($0.data)" } == ["3 1 1 aa", "3 1 1 bbcc", "2 0 1 dd", "3 1 1 ee"])
        #expect(
            records.map(\.owner) == ["_25._tcp.mail.example.org", "_587._tcp.mail.example.org", "_465._tcp.mail", nil])
        for (url, count) in [("smtp", 2), ("submission", 2), ("smtps", 2), ("imaps", 1)] {
            let service = try MailService(url: "\(url)://mail.example.org")
            #expect(records.filter { $0.belongs(to: service) }.count == count, "\(url)")
        }
        for text in ["", "mail IN A 192.0.2.1", "x IN TLSA", "x IN TLSA 3 1 1 abc", "3 1 1", "3 1 1 xyz"] {
            let error = #expect(throws: MailCAError.self, "\(text)") { try PublishedRecord.all(in: text, "zone") }
            #expect(error?.code == .invalidParameters)
        }
    }

    private static let other = TLSAData(
        usage: 3, selector: 1, matchingType: 1, association: [UInt8](repeating: 0xab, count: 32))

    private static func record(_ usage: UInt8, _ certificate: Certificate) throws -> TLSAData {
        TLSAData(usage: usage, selector: 1, matchingType: 1, association: try certificate.publicKey().sha256)
    }

    private static func published(
        _ what: String, raises expected: Set<String>,
        _ records: @escaping @Sendable (Material) throws -> PublishedRecords
    ) -> Mistake {
        .anywhere(what, raises: expected) {
            let material = try Material.shared(.issuingCA)
            return try findings(material, records(material))
        }
    }

    private static func findings(
        _ material: Material, _ published: PublishedRecords, anchors: [Certificate]? = nil
    ) throws -> [Finding] {
        var seen = Observation(try MailService(url: "smtp://mail.example.org"))
        seen.greeting = ServerReply(.yes, ["220 mail.example.org"])
        seen.security = .offered
        seen.session = TLSSession(
            version: .tls13, cipher: "TLS_AES_256_GCM_SHA384",
            certificates: try Certificate.all(pem: Array(material.issued.chainPEM.utf8)), asksForCertificate: true,
            authorities: try material.members.map { try $0.certificate.subject() })
        let anchors = anchors ?? material.members.map(\.certificate)
        return LiveCheck(anchors: anchors, published: published, now: now).findings(of: seen)
    }
}
