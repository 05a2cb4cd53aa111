import Foundation
import OpenSSLKit
import Testing

@Suite("TLSAData")
struct TLSADataTests {
    private let root: Issuer
    private let leaf: Issuer

    init() throws {
        root = try .root()
        leaf = try Issuer(.leaf(.serverAuth), by: root)
    }

    @Test("It is read as a zone file has it, and written so")
    func reading() throws {
        let data = try #require(TLSAData(" 3 1  1 aB01 \t02 "))
        #expect(data == TLSAData(usage: 3, selector: 1, matchingType: 1, association: [0xab, 1, 2]))
        #expect("\(data)" == "3 1 1 ab0102")
        #expect(TLSAData(wire: [3, 1, 1, 0xab, 1, 2]) == data)
        for text in ["", "3 1 1", "3 1 1 a", "3 1 1 zz", "3 1 ab", "256 1 1 ab", "-3 1 1 ab", "+3 1 1 ab", "3 1 1 é0"] {
            #expect(TLSAData(text) == nil, "\(text)")
        }
        #expect(TLSAData(wire: [3, 1, 1]) == nil)
    }

    /// A record that is true of a certificate.
    private func record(_ usage: UInt8, _ selector: UInt8, _ matching: UInt8, _ certificate: Certificate) throws
        -> TLSAData
    {
        let content = selector == 0 ? certificate.der : try certificate.publicKey().der
        let digits =
            switch matching {
            case 1: Digest.sha256(content)
            case 2: Array(try sha512(content))
            default: content
            }
        return TLSAData(usage: usage, selector: selector, matchingType: matching, association: digits)
    }

    /// By OpenSSL's own program.
    private func sha512(_ bytes: [UInt8]) throws -> [UInt8] {
        let scratch = try Scratch()
        try scratch.write(bytes, "content")
        let text = try openssl(["dgst", "-sha512", "-r", scratch.path("content")])
        return try #require(TLSAData("0 0 0 \(text.prefix(128))")).association
    }

    private func verdict(
        _ record: TLSAData, _ chain: [Certificate], host: String = "mail.example.org", at time: Date = now + day
    ) throws -> TLSAData.Verdict {
        try record.verdict(on: chain, host: host, time: time)
    }

    @Test("Every selector and matching type holds for the certificate that it names, and for no other")
    func matching() throws {
        let chain = [leaf.certificate, root.certificate]
        let other = try Issuer(.leaf(.serverAuth), by: .root())
        for selector in [0, 1] as [UInt8] {
            for matching in [0, 1, 2] as [UInt8] {
                for (usage, true_, false_) in [
                    (3, leaf.certificate, other.certificate), (2, root.certificate, other.certificate),
                ] as [(UInt8, Certificate, Certificate)] {
                    #expect(
                        try verdict(record(usage, selector, matching, true_), chain) == .matches,
                        "\(usage) \(selector) \(matching)")
                    guard case .differs = try verdict(record(usage, selector, matching, false_), chain) else {
                        Issue.record("\(usage) \(selector) \(matching) holds for another certificate")
                        continue
                    }
                }
            }
        }
    }

    @Test("For the server's own key neither name nor time counts; for a CA's both do, and it has to be sent")
    func rules() throws {
        let own = try record(3, 1, 1, leaf.certificate)
        let authority = try record(2, 1, 1, root.certificate)
        let chain = [leaf.certificate, root.certificate]
        #expect(try verdict(own, [leaf.certificate], host: "other.example.org", at: now + 4_000 * day) == .matches)
        func code(_ verdict: TLSAData.Verdict) -> Int? {
            if case .differs(let failure) = verdict { failure.code } else { nil }
        }
        #expect(try code(verdict(authority, chain, at: now + 91 * day)) == TrustStore.Failure.expired)
        // X509_V_ERR_HOSTNAME_MISMATCH
        #expect(try code(verdict(authority, chain, host: "other.example.org")) == 62)
        #expect(try code(verdict(authority, [leaf.certificate])) == TrustStore.Failure.noTLSAMatch)
        #expect(try code(verdict(own, [root.certificate])) == TrustStore.Failure.noTLSAMatch)
    }

    @Test("What means nothing to mail servers is said to be of no use")
    func unusable() throws {
        let good = Digest.sha256(try leaf.certificate.publicKey().der)
        for record in [
            TLSAData(usage: 0, selector: 1, matchingType: 1, association: good),
            TLSAData(usage: 1, selector: 1, matchingType: 1, association: good),
            TLSAData(usage: 4, selector: 1, matchingType: 1, association: good),
            TLSAData(usage: 3, selector: 2, matchingType: 1, association: good),
            TLSAData(usage: 3, selector: 1, matchingType: 3, association: good),
            TLSAData(usage: 3, selector: 1, matchingType: 1, association: Array(good.dropLast())),
            TLSAData(usage: 3, selector: 1, matchingType: 2, association: good),
            TLSAData(usage: 3, selector: 0, matchingType: 0, association: [1, 2, 3]),
            TLSAData(usage: 2, selector: 1, matchingType: 0, association: [0x30]),
            TLSAData(usage: 3, selector: 1, matchingType: 1, association: []),
        ] {
            #expect(try verdict(record, [leaf.certificate]) == .unusable, "\(record)")
        }
        #expect(try verdict(TLSAData(usage: 3, selector: 1, matchingType: 1, association: good), []) == .unusable)
    }
}
