import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage
import TestSupport
import Testing

@testable import MailVerify

/// Right input made wrong, a thousand times of each kind. The seed is in every message of a failure: with
/// `MAILCA_SEED` and `MAILCA_MUTATIONS` the same come again, or others.
@Suite("Malformed input")
struct MalformedInputTests {
    private let material: Material
    private let scratch: TemporaryDirectory
    private let watchdog = Watchdog()

    init() throws {
        material = try Material.shared(.issuingCA)
        scratch = try TemporaryDirectory()
    }

    /// What there is to make wrong of what the CA signed.
    enum Signed: String, CaseIterable {
        case server, root, issuing, list, rootList

        var label: String { self == .list || self == .rootList ? "X509 CRL" : "CERTIFICATE" }

        func der(_ material: Material) throws -> [UInt8] {
            switch self {
            case .server: material.issued.certificate.der
            case .root: material.root.certificate.der
            case .issuing: material.signer.certificate.der
            case .list: try withEntries(material).der
            case .rootList: material.lists[1].der
            }
        }

        private func withEntries(_ material: Material) throws -> RevocationList {
            let entries = (1...5).map {
                RevocationList.Entry(serialNumber: SerialNumber([UInt8($0), 7]), revokedAt: now, reason: $0)
            }
            return try RevocationList(
                issuer: material.signer.certificate, key: material.signer.key, number: 77, thisUpdate: now,
                nextUpdate: after(days: 300), entries: entries)
        }
    }

    /// What verify says of a file: the errors' identifiers, or that it is no such file.
    private func verdict(_ bytes: [UInt8], _ name: String) throws -> [String] {
        let path = scratch.file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do throws(MailCAError) {
            let report = try Verifier(layout: .sendmail, authority: material.authority, now: now)
                .verify(file: FilePath(path))
            return report.findings.filter { $0.severity == .error }.map(\.id)
        } catch {
            return ["\(error.code)"]
        }
    }

    /// Goes through as many mutants as there are to be.
    private func each(
        _ kind: String, count: Int = Mutations.count, of mutator: inout some Mutator,
        _ check: (_ mutant: DERMutator.Mutant, _ label: String) throws -> Void
    ) throws {
        for index in 0..<count {
            let mutant = mutator.next()
            let label = Mutations.label(kind, index, mutant.what)
            let (_, seconds) = try watchdog.watch(label, mutant.bytes) { try check(mutant, label) }
            #expect(seconds < Watchdog.most, "\(label)")
        }
    }

    private func parses(_ kind: Signed, _ der: [UInt8]) throws -> Bool {
        if kind.label == "CERTIFICATE" {
            guard let certificate = try? Certificate(der: der) else { return false }
            try Probing.ask(certificate, material)
            return true
        }
        guard let list = try? RevocationList(der: der) else { return false }
        try Probing.ask(list, material)
        return true
    }

    @Test("What the CA signed is found wrong when any byte of it was changed", arguments: Signed.allCases)
    func signed(kind: Signed) throws {
        let der = try kind.der(material)
        #expect(try verdict(PEMMutator.block(kind.label, der), "sound.pem") == [])
        var mutator = DERMutator(der, seed: Mutations.seed)
        var parsed = 0
        try each(kind.rawValue, of: &mutator) { mutant, label in
            if try parses(kind, mutant.bytes) { parsed += 1 }
            let ids = try verdict(PEMMutator.block(kind.label, mutant.bytes), "\(kind).pem")
            #expect(!ids.isEmpty, "\(label)\n\(PEMBlock(label: kind.label, bytes: mutant.bytes).text)")
        }
        // Both sides of the parser were seen.
        #expect(parsed > Mutations.count / 20 && parsed < Mutations.count * 19 / 20, "\(parsed) could be read")
    }

    @Test("PEM whose lines were changed is the same again, or found wrong", arguments: [Signed.server, .list])
    func pem(kind: Signed) throws {
        let der = try kind.der(material)
        let text = PEMBlock(label: kind.label, bytes: der).text
        var mutator = PEMMutator(text, der: der, label: kind.label, seed: Mutations.seed)
        try each("\(kind) in PEM", of: &mutator) { mutant, label in
            let blocks = try? PEMBlock.blocks(in: mutant.bytes)
            let ids = try verdict(mutant.bytes, "\(kind).pem")
            if blocks?.map(\.bytes) != [der] || blocks?.first?.label.hasSuffix(kind.label) != true {
                #expect(!ids.isEmpty, "\(label)\n\(String(decoding: mutant.bytes, as: UTF8.self))")
            }
        }
    }

    @Test("A changed request is not signed by its key", arguments: [KeyAlgorithm.ecP256, .rsa2048, .ed25519])
    func request(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let names: [GeneralName] = [
            .dnsName("mail.example.org"), .ipAddress([192, 0, 2, 7]), .smtpUTF8Mailbox("täro@example.org"),
        ]
        let request = try CertificateRequest(
            subject: DistinguishedName([.commonName("mail.example.org"), .organization("Exämple")]),
            alternativeNames: names, key: key)
        let der = try #require(try PEMBlock.blocks(in: Array(request.pem().utf8)).first).bytes
        #expect(try CertificateRequest(der: der).signatureIsValid)
        let signed = try #require(DERNode(der)?.children.first)
        var mutator = DERMutator(der, seed: Mutations.seed)
        try each("request \(algorithm)", of: &mutator) { mutant, label in
            _ = try? CertificateRequest(pemOrDER: mutant.bytes)
            guard let request = try? CertificateRequest(der: mutant.bytes) else { return }
            try Probing.ask(request)
            // All but the parameters of the signature's algorithm, of which there are none to be read, is signed.
            if request.signatureIsValid {
                #expect(DERNode(mutant.bytes)?.children.first == signed, "\(label)")
            }
        }
    }

    @Test("A changed PKCS #12 file is refused, or what is in it is as it was", arguments: PKCS12.Protection.allCases)
    func pkcs12(protection: PKCS12.Protection) throws {
        let password = SecretBytes("correct horse".utf8)
        let leaf = try material.leaf()
        let bundle = PKCS12(
            key: leaf.key, certificate: leaf.certificate, chain: material.members.map(\.certificate),
            friendlyName: "Tarō")
        let der = try bundle.encode(password: password, protection: protection, iterations: 10)
        var mutator = DERMutator(der, seed: Mutations.seed)
        try each("PKCS #12 \(protection)", of: &mutator) { mutant, label in
            guard let read = try? PKCS12(der: mutant.bytes, password: password) else { return }
            // Without the MAC nothing says that it was changed.
            if let tree = DERNode(mutant.bytes), tree.children.count < 3 { return }
            let isSame = try read.key.plain == bundle.key.plain
            #expect(isSame, "\(label)")
            #expect(read.certificate == bundle.certificate && read.chain == bundle.chain, "\(label)")
            #expect(read.friendlyName == bundle.friendlyName, "\(label)")
        }
    }

    @Test(
        "A changed key is refused, or found wrong, or the same key",
        arguments: [KeyAlgorithm.ecP256, .rsa2048, .ed25519])
    func key(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let text = try key.text()
        let der = try #require(try PEMBlock.blocks(in: Array(text.utf8)).first).bytes
        var mutator = PEMMutator(text, der: der, label: "PRIVATE KEY", seed: Mutations.seed)
        // To see whether an RSA key is sound takes a tenth of a second.
        let count = algorithm.isRSA ? Mutations.count / 5 : Mutations.count
        try each("key \(algorithm)", count: count, of: &mutator) { mutant, label in
            _ = PrivateKey.isEncrypted(pem: mutant.bytes)
            _ = try? PrivateKey.checkForm(pem: mutant.bytes)
            _ = try? PrivateKey(pem: mutant.bytes, passphrase: SecretBytes("x".utf8))
            let read = try? PrivateKey(pem: mutant.bytes)
            if let read { try Probing.ask(read, material) }
            // The mode of the file is of no interest here.
            let ids = try verdict(mutant.bytes, "key.pem").filter { $0 != "key.readable" }
            guard ids.isEmpty else { return }
            // Of Ed25519 there is but the one number, and any is a key.
            // Of RSA the version is written, and nobody reads it: what is sound and has the public half is the key.
            let isSame =
                try read.map { read in
                    try read.plain == key.plain
                        || algorithm.isRSA && read.matches(key.publicKey) && read.isConsistent
                } ?? false
            #expect(isSame || algorithm == .ed25519, "\(label)\n\(String(decoding: mutant.bytes, as: UTF8.self))")
        }
    }

    @Test("A changed key behind a passphrase is refused, or the same key")
    func encryptedKey() throws {
        let key = try PrivateKey.generate(.ecP256)
        let passphrase = SecretBytes("correct horse".utf8)
        // As cheap as can be: the derivation is not what is looked at.
        let outcome = try Command.run(
            "openssl", ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "1", "-passout", "pass:correct horse"],
            input: key.text(), package: "openssl")
        try #require(outcome.status == 0, "\(outcome.everything)")
        let block = try #require(try PEMBlock.blocks(in: Array(outcome.stdout.utf8)).first)
        #expect(try PrivateKey(pem: Array(block.text.utf8), passphrase: passphrase).plain == key.plain)
        var mutator = PEMMutator(block.text, der: block.bytes, label: block.label, seed: Mutations.seed)
        try each("encrypted key", of: &mutator) { mutant, label in
            _ = try? PrivateKey.checkForm(pem: mutant.bytes)
            _ = try verdict(mutant.bytes, "encrypted.pem")
            guard let read = try? PrivateKey(pem: mutant.bytes, passphrase: passphrase) else { return }
            #expect(try read.plain == key.plain, "\(label)")
        }
    }
}

extension PrivateKey {
    /// PKCS #8.
    fileprivate var plain: [UInt8] {
        get throws { try pkcs8().withBytes { Array($0) } }
    }
}
