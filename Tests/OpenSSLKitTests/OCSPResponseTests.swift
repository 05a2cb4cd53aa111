import Foundation
import OpenSSLKit
import TestSupport
import Testing

@Suite("OCSPResponse")
struct OCSPResponseTests {
    private let root: Issuer
    private let leaf: Certificate

    init() throws {
        root = try .root()
        leaf = try Draft.leaf(.serverAuth).signed(by: root)
    }

    private func response(
        signer: Issuer? = nil, _ status: OCSPResponder.Status = .good, to other: Certificate? = nil, days: Int = 7
    ) throws -> OCSPResponse {
        let responder = try OCSPResponder(
            issuer: root.certificate.pem, signer: signer?.certificate.pem, key: try (signer ?? root).key.plainText())
        let certificate = other ?? leaf
        return try OCSPResponse(
            der: try responder.response(to: certificate.pem, "\(certificate.serialNumber)", status, days: days))
    }

    @Test("What the CA says of a certificate is read")
    func statuses() throws {
        let good = try #require(try response().answer(for: leaf, issuer: root.certificate))
        #expect(good.status == .good)
        let next = try #require(good.nextUpdate)
        #expect(next.timeIntervalSince(good.thisUpdate) == 7 * day)
        #expect(abs(good.thisUpdate.timeIntervalSinceNow) < 60)
        let revoked = try #require(try response(.revoked).answer(for: leaf, issuer: root.certificate))
        #expect(revoked.status == .revoked(at: Date(timeIntervalSince1970: 1_793_491_200), reason: 1))
        #expect(try response(.unknown).answer(for: leaf, issuer: root.certificate)?.status == .unknown)
    }

    @Test("It speaks of no other certificate, and of none of another CA with the same number")
    func others() throws {
        let made = try response()
        var draft = try Draft.leaf(.serverAuth)
        #expect(try made.answer(for: draft.signed(by: root), issuer: root.certificate) == nil)
        let other = try Issuer.root()
        draft.serialNumber = leaf.serialNumber
        #expect(try made.answer(for: draft.signed(by: other), issuer: other.certificate) == nil)
    }

    @Test("The CA may sign, and whoever it entrusted with it, as long as that counts; nobody else may")
    func signers() throws {
        #expect(throws: Never.self) { try response().verify(issuer: root.certificate, time: now) }
        func responder(_ usage: ExtendedKeyUsage, by issuer: Issuer) throws -> Issuer {
            try Issuer(try Draft.leaf(usage, .dnsName("ocsp.example.org")), by: issuer)
        }
        func distrust(_ signer: Issuer, at time: Date = now + day) throws -> OCSPResponse.Distrust? {
            let made = try response(signer: signer)
            do throws(OCSPResponse.Distrust) { try made.verify(issuer: root.certificate, time: time) } catch {
                return error
            }
            return nil
        }
        let delegate = try responder(.ocspSigning, by: root)
        #expect(try distrust(delegate) == nil)
        #expect(try distrust(delegate, at: now + 91 * day) == .signerNotValid)
        // A server's certificate of the same CA; one entrusted by another CA.
        for stranger in [try responder(.serverAuth, by: root), try responder(.ocspSigning, by: .root())] {
            guard case .notEntrusted = try distrust(stranger) else {
                Issue.record("\(String(describing: try distrust(stranger)))")
                continue
            }
        }
        // The CA is not who signed it.
        let other = try Issuer.root()
        let own = try response()
        #expect(throws: OCSPResponse.Distrust.self) { try own.verify(issuer: other.certificate, time: now) }
    }

    @Test("One that was changed is not believed, and nonsense is none")
    func falsified() throws {
        let responder = try OCSPResponder(issuer: root.certificate.pem, key: try root.key.plainText())
        let der = try responder.response(to: leaf.pem, "\(leaf.serialNumber)")
        // The signature is near the end, before the signer's certificate.
        let place = der.count - root.certificate.der.count - 20
        var changed = der
        changed[place] ^= 1
        let response = try OCSPResponse(der: changed)
        #expect(
            #expect(throws: OCSPResponse.Distrust.self) { try response.verify(issuer: root.certificate, time: now) }
                == .badSignature)
        // "tryLater" (3), one byte too many, one too few, none.
        for bytes in [
            [0x30, 3, 0x0a, 1, 3], der + [0], Array(der.dropLast()), [], [0x30, 0],
            [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            #expect(throws: OpenSSLError.self) { try OCSPResponse(der: bytes) }
        }
        for index in stride(from: 0, to: der.count, by: 7) {
            var mutant = der
            mutant[index] ^= 0x81
            guard let read = try? OCSPResponse(der: mutant) else { continue }
            _ = try? read.answer(for: leaf, issuer: root.certificate)
            try? read.verify(issuer: root.certificate, time: now)
        }
    }
}
