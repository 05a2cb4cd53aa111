import OpenSSLKit
import TestSupport
import Testing

@Suite("Files that ask for too much work", .timed)
struct KeyDerivationBudgetTests {
    private let password = SecretBytes("correct horse")

    /// `der` with each INTEGER of 2,048 or, of scrypt, 16,384 made `rounds`.
    private func asking(_ rounds: UInt64, _ der: [UInt8]) throws -> [UInt8] {
        let usual = [DERNode.integer(2_048), .integer(16_384)]
        let changed = try #require(DERNode(der)).replacing { usual.contains($0) ? .integer(rounds) : nil }.encoded
        #expect(changed != der)
        return changed
    }

    private func bundle(_ protection: PKCS12.Protection) throws -> [UInt8] {
        let key = try Keys.key(.ecP256)
        var draft = try Draft(bare: CertificateExtensions())
        draft.key = key
        return try PKCS12(key: key, certificate: draft.signedAsIs(), chain: [], friendlyName: nil)
            .encode(password: password, protection: protection)
    }

    private func refusal(_ open: () throws -> Void) throws -> String {
        let clock = ContinuousClock()
        var said = ""
        let time = clock.measure {
            do { try open() } catch PrivateKeyError.unreadable(let error) { said = error.description } catch {
                said = "it is said to be \(error)"
            }
        }
        #expect(time < .seconds(2))
        return said
    }

    @Test(
        "A PKCS #12 file that asks for billions of rounds is refused at once",
        arguments: PKCS12.Protection.allCases, [2_147_483_647, 4_000_000, 4_294_967_298, UInt64.max])
    func pkcs12(protection: PKCS12.Protection, rounds: UInt64) throws {
        let file = try asking(rounds, bundle(protection))
        let said = try refusal { _ = try PKCS12(der: file, password: password) }
        #expect(said.contains("rounds, and 4000000 in all are the most that are tried"), "\(said)")
    }

    @Test("A key inside that asks for billions of rounds is seen before it is opened")
    func inside() throws {
        // The key's own encryption stands in a safe that is not encrypted, below the MAC, which is left out.
        var tree = try #require(DERNode(bundle(.modern)))
        tree.children.removeLast()
        let safes = tree.children[1].children[1].children[0].children[0].children
        let open = try #require(safes.firstIndex { $0.children[0].content.last == 1 }, "a safe of type data")
        tree.children[1].children[1].children[0].children[0].children[open] = safes[open].replacing {
            $0 == .integer(2_048) ? .integer(2_147_483_647) : nil
        }
        let file = tree.encoded
        let said = try refusal { _ = try PKCS12(der: file, password: password) }
        #expect(said.contains("2147483647 rounds"), "\(said)")
    }

    @Test("A file of 600,000 rounds is opened")
    func careful() throws {
        let key = try Keys.key(.ecP256)
        var draft = try Draft(bare: CertificateExtensions())
        draft.key = key
        let file = try PKCS12(key: key, certificate: draft.signedAsIs(), chain: [], friendlyName: nil)
            .encode(password: password, iterations: 600_000)
        #expect(try PKCS12(der: file, password: password).key.publicKey == key.publicKey)
    }

    @Test(
        "An encrypted key that asks for billions of rounds is refused at once", arguments: ["scrypt", "pbkdf2", "pbe"])
    func key(scheme: String) throws {
        let plain = try Keys.key(.ecP256).plainText()
        let form = ["scrypt": ["-scrypt"], "pbkdf2": ["-v2", "aes-256-cbc"], "pbe": ["-v1", "PBE-SHA1-3DES"]][scheme]
        let text = try openssl(["pkcs8", "-topk8", "-passout", "pass:correct horse"] + (form ?? []), input: plain)
        let block = try #require(try PEMBlock.blocks(in: Array(text.utf8)).first)
        #expect(throws: Never.self) { try PrivateKey(pem: Array(text.utf8), passphrase: password) }
        // Where a label lies, or another key comes first, OpenSSL goes by what is in the block.
        for label in ["ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY"] {
            let hostile = PEMBlock(label: label, bytes: try asking(2_147_483_648, block.bytes)).text
            let said = try refusal { _ = try PrivateKey(pem: Array(hostile.utf8), passphrase: password) }
            #expect(said.contains("rounds, and 4000000"), "\(label): \(said)")
            let second = PEMBlock(label: "ODD PRIVATE KEY", bytes: [0x30, 0]).text + hostile
            #expect(try refusal { _ = try PrivateKey(pem: Array(second.utf8), passphrase: password) } != "", "\(label)")
        }
    }

    @Test("Of scrypt, all three numbers count")
    func scrypt() throws {
        let pem = try Keys.key(.ecP256).encryptedPEM(passphrase: password)
        let block = try #require(try PEMBlock.blocks(in: pem).first)
        // p, which costs no memory.
        let der = try #require(DERNode(block.bytes)).replacing { $0 == .integer(5) ? .integer(10_000) : nil }.encoded
        #expect(der != block.bytes)
        let hostile = PEMBlock(label: block.label, bytes: der).text
        let said = try refusal { _ = try PrivateKey(pem: Array(hostile.utf8), passphrase: password) }
        #expect(said.contains("1310720000 rounds"), "\(said)")
    }
}
