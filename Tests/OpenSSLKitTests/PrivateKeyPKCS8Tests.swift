import OpenSSLKit
import TestSupport
import Testing

@Suite("PrivateKey in PKCS #8")
struct PrivateKeyPKCS8Tests {
    private let passphrase = SecretBytes("correct horse battery staple")

    private func isUnreadable(_ pem: String, passphrase: SecretBytes? = nil) -> Bool {
        do {
            _ = try PrivateKey(pem: Array(pem.utf8), passphrase: passphrase)
            return false
        } catch {
            if case .unreadable = error { return true }
            return false
        }
    }

    @Test("A key comes back from its PEM, and OpenSSL reads the same one", arguments: KeyAlgorithm.allCases)
    func plain(algorithm: KeyAlgorithm) throws {
        let key = try Keys.key(algorithm)
        let text = try key.plainText()
        let block = try PEMBlock.blocks(in: Array(text.utf8))
        #expect(block.map(\.label) == ["PRIVATE KEY"])
        #expect(block.map(\.bytes) == [[UInt8](try key.pkcs8())])
        #expect(!PrivateKey.isEncrypted(pem: Array(text.utf8)))
        let read = try PrivateKey(pem: Array(text.utf8))
        #expect(read.algorithm == algorithm)
        #expect(read.publicKey == key.publicKey)
        #expect([UInt8](try read.pkcs8()) == [UInt8](try key.pkcs8()))
        #expect(try openssl(["pkey", "-check"], input: text) == "Key is valid\n\(text)")
        let publicHalf = try openssl(["pkey", "-pubout"], input: text)
        #expect(publicHalf == PEMBlock(label: "PUBLIC KEY", bytes: key.publicKey.der).text)
    }

    @Test(
        "An EC key whose private number begins with zeros is written whole",
        arguments: [
            (KeyAlgorithm.ecP256, 32, [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
            (.ecP384, 48, [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22]),
        ] as [(KeyAlgorithm, Int, [UInt8])])
    func smallNumber(algorithm: KeyAlgorithm, length: Int, curve: [UInt8]) throws {
        let number = [UInt8](repeating: 0, count: length - 1) + [7]
        let content =
            [0x02, 0x01, 0x01, 0x04, UInt8(length)] + number + [0xa0, UInt8(curve.count)] + curve
        let older = PEMBlock(label: "EC PRIVATE KEY", bytes: [0x30, UInt8(content.count)] + content)
        let key = try PrivateKey(pem: Array(older.text.utf8))
        #expect(key.algorithm == algorithm)
        let text = try key.plainText()
        #expect(try openssl(["pkey", "-check"], input: text) == "Key is valid\n\(text)")
        #expect(try PrivateKey(pem: Array(text.utf8)).publicKey == key.publicKey)
    }

    @Test("A key that was read with a compressed point is written so that it can be read again")
    func compressedPoint() throws {
        let compressed = try openssl(["ec", "-conv_form", "compressed"], input: Keys.key(.ecP256).plainText())
        let text = try PrivateKey(pem: Array(compressed.utf8)).plainText()
        #expect(throws: Never.self) { try PrivateKey(pem: Array(text.utf8)) }
        #expect(try openssl(["pkey"], input: text).contains("BEGIN PRIVATE KEY"))
    }

    @Test("A passphrase that is not needed is not looked at")
    func needlessPassphrase() throws {
        let key = try Keys.key(.ecP256)
        #expect(try PrivateKey(pem: Array(key.plainText().utf8), passphrase: passphrase).publicKey == key.publicKey)
    }

    @Test("An encrypted key is opened by its passphrase alone", arguments: [KeyAlgorithm.ecP256, .rsa2048, .ed25519])
    func encrypted(algorithm: KeyAlgorithm) throws {
        let key = try Keys.key(algorithm)
        let pem = try key.encryptedPEM(passphrase: passphrase)
        #expect(PrivateKey.isEncrypted(pem: pem))
        #expect(try PrivateKey(pem: pem, passphrase: passphrase).publicKey == key.publicKey)
        #expect(throws: PrivateKeyError.passphraseNeeded) { try PrivateKey(pem: pem) }
        #expect(throws: PrivateKeyError.wrongPassphrase) { try PrivateKey(pem: pem, passphrase: SecretBytes("wrong")) }
        let text = try openssl(
            ["pkey", "-passin", "pass:correct horse battery staple"], input: String(decoding: pem, as: UTF8.self))
        #expect(try text == key.plainText())
    }

    @Test("An encrypted key declares AES-256-CBC under scrypt, and what it costs")
    func scheme() throws {
        let pem = try Keys.key(.ecP256).encryptedPEM(passphrase: passphrase)
        #expect(try PEMBlock.blocks(in: pem).map(\.label) == ["ENCRYPTED PRIVATE KEY"])
        let text = try openssl(["asn1parse"], input: String(decoding: pem, as: UTF8.self))
        for object in [":PBES2", ":scrypt", ":aes-256-cbc"] { #expect(text.contains(object), "\(object) in \(text)") }
        let numbers = text.split(separator: "\n").filter { $0.contains("INTEGER") }
            .compactMap { $0.split(separator: ":").last.flatMap { Int($0, radix: 16) } }
        #expect(numbers == [1 << 14, 8, 5])
        let salts = text.split(separator: "\n").filter { $0.contains("OCTET STRING") && $0.contains("l=  16") }
        #expect(salts.count == 2, "a salt and an initial vector of 16 bytes each")
    }

    @Test("The same key under the same passphrase is encrypted otherwise each time")
    func salt() throws {
        let key = try Keys.key(.ecP256)
        #expect(try key.encryptedPEM(passphrase: passphrase) != key.encryptedPEM(passphrase: passphrase))
    }

    @Test(
        "A passphrase is bytes, whatever they are",
        arguments: ["päßwörd 証".utf8.map { $0 }, [0, 1, 2, 0, 255], [UInt8](repeating: 0x61, count: 1_000)] as [[UInt8]]
    )
    func bytes(passphrase: [UInt8]) throws {
        let key = try Keys.key(.ecP256)
        let pem = try key.encryptedPEM(passphrase: SecretBytes(passphrase))
        #expect(try PrivateKey(pem: pem, passphrase: SecretBytes(passphrase)).publicKey == key.publicKey)
        #expect(throws: PrivateKeyError.wrongPassphrase) {
            try PrivateKey(pem: pem, passphrase: SecretBytes(passphrase.dropLast()))
        }
    }

    @Test("A passphrase that could not open the key again does not close it", arguments: [0, 2_000])
    func unusablePassphrase(count: Int) throws {
        let key = try Keys.key(.ecP256)
        let passphrase = SecretBytes([UInt8](repeating: 0x61, count: count))
        guard let pem = try? key.encryptedPEM(passphrase: passphrase) else { return }
        #expect(throws: Never.self) { try PrivateKey(pem: pem, passphrase: passphrase) }
    }

    @Test("A wrong passphrase is never taken for damage, also where the padding comes out right by chance")
    func wrongPassphrases() throws {
        let text = try openssl(
            ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "1", "-passout", "pass:right"],
            input: Keys.key(.ecP256).plainText())
        let pem = Array(text.utf8)
        #expect(try PrivateKey(pem: pem, passphrase: SecretBytes("right")).algorithm == .ecP256)
        var other: [PrivateKeyError] = []
        for number in 0..<2_000 {
            do {
                _ = try PrivateKey(pem: pem, passphrase: SecretBytes("wrong \(number)"))
                Issue.record("the passphrase \"wrong \(number)\" opened the key")
            } catch  where error != .wrongPassphrase { other.append(error) } catch {}
        }
        #expect(other.count == 0, "the first: \(other.first.map(\.description) ?? "")")
    }

    @Test("A damaged key is unreadable, encrypted or not")
    func damaged() throws {
        let key = try Keys.key(.ecP256)
        let plain = try key.plainText()
        let encrypted = String(decoding: try key.encryptedPEM(passphrase: passphrase), as: UTF8.self)
        for text in [plain, encrypted] {
            #expect(isUnreadable(String(text.prefix(text.count / 2)), passphrase: passphrase))
            #expect(isUnreadable(text.replacing("M", with: "!", maxReplacements: 1), passphrase: passphrase))
            let block = try PEMBlock.blocks(in: Array(text.utf8))[0]
            let short = PEMBlock(label: block.label, bytes: Array(block.bytes.dropLast(8)))
            #expect(isUnreadable(short.text, passphrase: passphrase))
            let garbage = PEMBlock(label: block.label, bytes: [UInt8](repeating: 0xa5, count: 200))
            #expect(isUnreadable(garbage.text, passphrase: passphrase))
        }
    }

    @Test("What holds no key is unreadable")
    func noKey() throws {
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs().pem
        for text in ["", "\n", "a key", certificate] { #expect(isUnreadable(text)) }
    }

    @Test("A key is found behind text and certificates, with any line ends")
    func textAround() throws {
        let key = try Keys.key(.ecP256)
        let certificate = try Draft(bare: CertificateExtensions()).signedAsIs().pem
        let text = "the certificate\n\(certificate)and its key\n\(try key.plainText())"
        #expect(try PrivateKey(pem: Array(text.utf8)).publicKey == key.publicKey)
        let crlf = text.replacing("\n", with: "\r\n")
        #expect(try PrivateKey(pem: Array(crlf.utf8)).publicKey == key.publicKey)
    }

    @Test("The first key of a file counts, also for whether it is encrypted")
    func firstOfTwo() throws {
        let first = try Keys.key(.ecP256)
        let second = String(decoding: try Keys.key(.ecP384).encryptedPEM(passphrase: passphrase), as: UTF8.self)
        let file = Array((try first.plainText() + second).utf8)
        let isEncrypted = PrivateKey.isEncrypted(pem: file)
        #expect(!isEncrypted)
        #expect(try PrivateKey(pem: file).publicKey == first.publicKey)
    }

    @Test(
        "Keys in OpenSSL's own older forms are read",
        arguments: [
            (KeyAlgorithm.rsa2048, ["rsa", "-traditional"], "RSA PRIVATE KEY"),
            (.ecP256, ["ec"], "EC PRIVATE KEY"), (.ecP384, ["ec"], "EC PRIVATE KEY"),
            (.ecP256, ["ec", "-no_public"], "EC PRIVATE KEY"),
        ])
    func traditional(algorithm: KeyAlgorithm, command: [String], label: String) throws {
        let key = try Keys.key(algorithm)
        let text = try openssl(command, input: key.plainText())
        #expect(text.contains("BEGIN \(label)"))
        #expect(try PrivateKey(pem: Array(text.utf8)).publicKey == key.publicKey)
    }

    @Test("The parameters that OpenSSL writes before an EC key are passed over")
    func parametersBefore() throws {
        let text = try openssl(["ecparam", "-name", "prime256v1", "-genkey"])
        #expect(text.contains("BEGIN EC PARAMETERS"))
        #expect(try PrivateKey(pem: Array(text.utf8)).algorithm == .ecP256)
    }

    @Test(
        "Encrypted keys in older forms are opened by their passphrase alone",
        arguments: [
            (KeyAlgorithm.rsa2048, ["rsa", "-traditional", "-aes256"]), (.ecP256, ["ec", "-aes128"]),
            (.ecP256, ["pkcs8", "-topk8", "-v2", "aes-128-cbc"]),
            (.ecP256, ["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"]),
            (.ed25519, ["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"]),
        ])
    func traditionalEncrypted(algorithm: KeyAlgorithm, command: [String]) throws {
        let key = try Keys.key(algorithm)
        let text = try openssl(command + ["-passout", "pass:old"], input: key.plainText())
        let pem = Array(text.utf8)
        #expect(PrivateKey.isEncrypted(pem: pem))
        #expect(try PrivateKey(pem: pem, passphrase: SecretBytes("old")).publicKey == key.publicKey)
        #expect(throws: PrivateKeyError.passphraseNeeded) { try PrivateKey(pem: pem) }
        #expect(throws: PrivateKeyError.wrongPassphrase) { try PrivateKey(pem: pem, passphrase: SecretBytes("new")) }
    }

    @Test(
        "The mark of an encrypted key is seen with any spaces in it",
        arguments: ["Proc-Type: 4, ENCRYPTED", "Proc-Type:4,ENCRYPTED"])
    func spacing(mark: String) throws {
        let text = try openssl(["ec", "-aes128", "-passout", "pass:old"], input: Keys.key(.ecP256).plainText())
            .replacing("Proc-Type: 4,ENCRYPTED", with: mark)
        #expect(text.contains(mark))
        let pem = Array(text.utf8)
        let isEncrypted = PrivateKey.isEncrypted(pem: pem)
        try #require(isEncrypted)
        #expect(throws: PrivateKeyError.passphraseNeeded) { try PrivateKey(pem: pem) }
        #expect(try PrivateKey(pem: pem, passphrase: SecretBytes("old")).algorithm == .ecP256)
    }

    @Test("The errors say what to think of, and never the passphrase")
    func descriptions() throws {
        #expect(
            PrivateKeyError.passphraseNeeded.description == "the private key is encrypted and no passphrase was given")
        #expect(PrivateKeyError.wrongPassphrase.description == "wrong passphrase")
        let error = try #require(
            #expect(throws: PrivateKeyError.self) {
                try PrivateKey(pem: Array("nothing".utf8), passphrase: passphrase)
            })
        #expect(error.description.hasPrefix("could not read the private key"))
        #expect(!error.description.contains("horse"))
    }
}
