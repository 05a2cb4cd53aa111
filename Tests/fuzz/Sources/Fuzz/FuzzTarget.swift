import Foundation
import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// A parser, with what it is begun with and what is done with its inputs.
enum FuzzTarget: String, CaseIterable {
    case certificate, request, list, pkcs12, key, pem, names, dialogue, roster, backup

    private static let password = SecretBytes("correct horse".utf8)

    func seeds(_ material: Material) throws -> [(name: String, bytes: [UInt8])] {
        switch self {
        case .certificate:
            return (material.members + [material.issued]).map(\.certificate).enumerated().map { ("\($0)", $1.der) }
        case .request:
            let names: [GeneralName] = [.dnsName("mail.example.org"), .ipAddress([192, 0, 2, 7])]
            return try [KeyAlgorithm.ecP256, .rsa2048, .ed25519].map { algorithm in
                let request = try CertificateRequest(
                    subject: DistinguishedName([.commonName("mail.example.org")]), alternativeNames: names,
                    key: .generate(algorithm))
                return ("\(algorithm)", try PEMBlock.blocks(in: Array(request.pem().utf8))[0].bytes)
            }
        case .list: return material.lists.enumerated().map { ("\($0)", $1.der) }
        case .pkcs12: return try PKCS12.Protection.allCases.map { ("\($0)", try Self.bundle(material, $0)) }
        case .key:
            let keys = try KeyAlgorithm.allCases.map { ("\($0)", try Self.text(.generate($0))) }
            return keys + [("sealed", try PrivateKey.generate(.ecP256).encryptedPEM(passphrase: Self.password))]
        case .pem:
            let text = material.issued.certificate.pem + material.lists[0].pem
            let key = try Self.text(.generate(.ecP256))
            return [
                ("both", Array(text.utf8)), ("key", key), ("certificate.der", material.issued.certificate.der),
                ("list.der", material.lists[0].der), ("key.der", try PEMBlock.blocks(in: key)[0].bytes),
                ("request.der", try Self.request.seeds(material)[0].bytes),
                ("p12", try Self.bundle(material, .modern)),
            ]
        case .names:
            let names = [
                "mail.example.org", "*.example.org", "bücher.example", "[2001:db8::1]", "täro@example.org",
                "\"a b\"@example.org", "192.0.2.0/24", "smtp://mail.example.org:25",
            ]
            return names.enumerated().map { ("\($0)", Array($1.utf8)) }
        case .dialogue:
            return MailService.Kind.fuzzed.enumerated().map { ("\($0)", [UInt8($0)] + Array($1.opening.utf8)) }
        case .roster:
            let lists = [
                "taro@example.org,Yamada Tarō,phone\nhanako@example.org\n",
                "name,address\n\"Yamada, \"\"T\"\" Tarō\",taro@example.org\r\n# nobody\n\n",
            ]
            return lists.enumerated().map { ("\($0)", Array($1.utf8)) }
        case .backup:
            let path = "\(material.scratch)/backup"
            let files = [
                AuthorityFile(
                    name: "root.pem", mode: 0o644, content: SecretBytes(material.root.certificate.pem.utf8))
            ]
            try material.ledger.copy(to: FilePath(path), as: FilePath(path), files: files, program: "fuzz")
            return [("backup", [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))]
        }
    }

    /// What is done with one input.
    func body(_ material: Material, _ seeds: [[UInt8]]) throws -> ([UInt8]) -> Void {
        let path = "\(material.scratch)/input"
        let write = { (bytes: [UInt8]) in _ = try? Data(bytes).write(to: URL(fileURLWithPath: path)) }
        let verifier = Verifier(layout: .sendmail, authority: material.authority, now: now)
        switch self {
        case .certificate:
            return { bytes in
                guard let certificate = try? Certificate(der: bytes) else { return }
                try? Probing.ask(certificate, material)
                Self.demand(
                    !certificate.isSigned(by: material.signer.certificate)
                        || certificate == material.issued.certificate, "a changed certificate is signed")
            }
        case .request:
            let known = Set(try seeds.map { try Self.content(of: CertificateRequest(der: $0)) })
            return { bytes in
                guard let request = try? CertificateRequest(pemOrDER: bytes) else { return }
                try? Probing.ask(request)
                guard request.signatureIsValid else { return }
                Self.demand((try? known.contains(Self.content(of: request))) == true, "a changed request is signed")
            }
        case .list:
            return { bytes in
                guard let list = try? RevocationList(der: bytes) else { return }
                try? Probing.ask(list, material)
                Self.demand(
                    !material.members.contains { list.isSigned(by: $0.certificate) } || material.lists.contains(list),
                    "a changed list is signed")
            }
        case .pkcs12:
            let known = Set(try seeds.map { try Self.content(of: PKCS12(der: $0, password: Self.password)) })
            return { bytes in
                write(bytes)
                _ = try? verifier.verify(file: FilePath(path)) { _ in Self.password }
                guard let file = try? PKCS12(der: bytes, password: Self.password),
                    let structure = try? PKCS12Structure(der: bytes), structure.mac != nil
                else { return }
                Self.demand((try? known.contains(Self.content(of: file))) == true, "a changed .p12 file is opened")
            }
        case .key:
            return { bytes in
                _ = try? PrivateKey.checkForm(pem: bytes)
                if let key = try? PrivateKey(pem: bytes, passphrase: Self.password) { try? Probing.ask(key, material) }
            }
        case .pem:
            return { bytes in
                write(bytes)
                _ = try? verifier.verify(file: FilePath(path))
            }
        case .names: return Self.names
        case .dialogue:
            let server = try FuzzedServer()
            return { bytes in
                guard let first = bytes.first else { return }
                let kinds = MailService.Kind.fuzzed
                server.say(Array(bytes.dropFirst()), to: kinds[Int(first) % kinds.count])
            }
        case .roster:
            guard let authority = material.authority else { return { _ in } }
            let file = RosterFile(authority: authority) {
                .client($0.address, fullName: $0.fullName, device: $0.device)
            }
            return { bytes in
                write(bytes)
                _ = try? file.read(path)
            }
        case .backup:
            return { bytes in
                write(bytes)
                for suffix in ["-wal", "-shm", "-journal"] { unlink(path + suffix) }
                _ = try? LedgerBackup(verifying: FilePath(path))
                _ = try? SQLiteLedger(path: FilePath(path)).check()
            }
        }
    }

    /// Ends the process where something holds that must not: libFuzzer keeps the input.
    static func demand(_ holds: Bool, _ otherwise: String) {
        guard !holds else { return }
        FileHandle.standardError.write(Data("\(otherwise)\n".utf8))
        abort()
    }

    private static func content(of request: CertificateRequest) throws -> [String] {
        let names = try request.alternativeNames().map { "\($0)" }
        return ["\(try request.subject())", "\(try request.publicKey().der)"] + names
    }

    private static func content(of file: PKCS12) throws -> [[UInt8]] {
        [try file.key.pkcs8().withBytes { Array($0) }, file.certificate.der] + file.chain.map(\.der)
    }

    private static func names(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let host = try? HostName(text) { demand((try? HostName(host.ascii)) == host, "a host is another") }
        if let address = try? EmailAddress(text) { _ = (address.lookupKey, address.description) }
        _ = try? ServerName(text)
        _ = try? IPAddress(text)
        _ = try? AddressBlock(text)
        _ = try? MailService(url: text)
        _ = SerialNumber(hexadecimal: text)
        _ = Timestamp.date(text)
    }

    private static func bundle(_ material: Material, _ protection: PKCS12.Protection) throws -> [UInt8] {
        let key = try PrivateKey.generate(.ecP256)
        let name = try DistinguishedName([.commonName("Tarō")])
        let certificate = try CertificateBuilder(
            serialNumber: SerialNumber([1]), issuer: name, subject: name, validity: Validity(notBefore: now, days: 9),
            publicKey: key.publicKey, extensions: CertificateExtensions()
        ).sign(with: key)
        return try PKCS12(
            key: key, certificate: certificate, chain: [material.root.certificate], friendlyName: "Tarō"
        ).encode(password: password, protection: protection, iterations: 1)
    }

    private static func text(_ key: PrivateKey) throws -> [UInt8] { try key.pem().withBytes { Array($0) } }
}
