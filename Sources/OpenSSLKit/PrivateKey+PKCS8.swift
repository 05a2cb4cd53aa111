import COpenSSL

/// How costly a guess at a passphrase is made (scrypt, RFC 7914 §2).
///
/// OpenSSL reads such a key back only where `128 · N · r` is at most 32 MiB, so the cost grows by `p`.
struct ScryptCost {
    var blocks: UInt64 = 1 << 14
    var size: UInt64 = 8
    var parallel: UInt64 = 5
}

extension PrivateKey {
    static let plainLabel = "PRIVATE KEY"
    static let encryptedLabel = "ENCRYPTED PRIVATE KEY"

    /// PKCS #8, DER, not encrypted (RFC 5208 §5).
    public func pkcs8() throws(OpenSSLError) -> SecretBytes {
        if let bytes = try ellipticCurvePKCS8() { return bytes }
        let info = try required(EVP_PKEY2PKCS8(pointer), "encode the private key")
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        var bytes = try encodeDER("encode the private key") { i2d_PKCS8_PRIV_KEY_INFO(info, $0) }
        defer { SecretBytes.wipe(&bytes) }
        return SecretBytes(bytes)
    }

    /// PKCS #8, PEM, not encrypted: what a mail server reads.
    public func pem() throws(OpenSSLError) -> SecretBytes {
        try pkcs8().withBytes { der in PEMBlock.secretText(label: Self.plainLabel, bytes: der) }
    }

    /// The same for an EC key, put together from its two numbers (RFC 5915 §3): OpenSSL's own encoder takes fifteen
    /// times as long.
    private func ellipticCurvePKCS8() throws(OpenSSLError) -> SecretBytes? {
        let operation = "encode the private key"
        let template: (head: [UInt8], scalar: Int, middle: [UInt8])
        switch algorithm {
        case .ecP256: template = (Self.p256Head, 32, [0xa1, 0x44, 0x03, 0x42, 0x00])
        case .ecP384: template = (Self.p384Head, 48, [0xa1, 0x64, 0x03, 0x62, 0x00])
        default: return nil
        }
        // A key that was read with a compressed point has another form.
        guard publicKey.encoded.count == template.scalar * 2 + 1 else { return nil }
        var number: OpaquePointer?
        try succeed(EVP_PKEY_get_bn_param(pointer, OSSL_PKEY_PARAM_PRIV_KEY, &number), operation)
        defer { BN_clear_free(number) }
        let tail = template.middle + publicKey.encoded
        return try SecretBytes(capacity: template.head.count + template.scalar + tail.count) {
            (buffer) throws(OpenSSLError) in
            buffer.copyBytes(from: template.head)
            let scalar = UnsafeMutableRawBufferPointer(rebasing: buffer[template.head.count...])
            let written = BN_bn2binpad(
                number, scalar.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(template.scalar))
            guard Int(written) == template.scalar else { throw OpenSSLError(draining: operation) }
            UnsafeMutableRawBufferPointer(rebasing: scalar[template.scalar...]).copyBytes(from: tail)
            return buffer.count
        }
    }

    /// PrivateKeyInfo up to the private number: version 0, id-ecPublicKey with the curve, and within the OCTET STRING an
    /// ECPrivateKey of version 1.
    private static let p256Head: [UInt8] = [
        0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
        0x08,
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20,
    ]
    private static let p384Head: [UInt8] = [
        0x30, 0x81, 0xb6, 0x02, 0x01, 0x00, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
        0x05,
        0x2b, 0x81, 0x04, 0x00, 0x22, 0x04, 0x81, 0x9e, 0x30, 0x81, 0x9b, 0x02, 0x01, 0x01, 0x04, 0x30,
    ]

    /// PKCS #8, PEM, encrypted with AES-256-CBC under a key that scrypt makes of the passphrase
    /// (RFC 8018 §6.2, RFC 7914 §7).
    public func encryptedPEM(passphrase: SecretBytes) throws(OpenSSLError) -> [UInt8] {
        let operation = "encrypt the private key"
        let cost = ScryptCost()
        let info = try required(EVP_PKEY2PKCS8(pointer), operation)
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        let scheme = try required(
            PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nil, 16, nil, cost.blocks, cost.size, cost.parallel), operation)
        let sealed = passphrase.withBytes { bytes in
            // set0: takes the scheme over when it succeeds.
            PKCS8_set0_pbe(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), info, scheme)
        }
        guard let sealed else {
            X509_ALGOR_free(scheme)
            throw OpenSSLError(draining: operation)
        }
        defer { X509_SIG_free(sealed) }
        let der = try encodeDER(operation) { i2d_X509_SIG(sealed, $0) }
        return Array(PEMBlock(label: Self.encryptedLabel, bytes: der).text.utf8)
    }

    /// Whether the first key in this PEM text wants a passphrase.
    public static func isEncrypted(pem: [UInt8]) -> Bool {
        let lines = String(decoding: pem, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.contains("PRIVATE KEY-----") })
        else { return false }
        if lines[start].contains(encryptedLabel) { return true }
        // The older form says so in a header (RFC 1421 §4.6.1.1).
        let header = lines[(start + 1)...].first ?? ""
        return header.hasPrefix("Proc-Type:") && header.hasSuffix("ENCRYPTED")
    }

    /// Sees, without a passphrase, that this PEM text holds a key: of an encrypted one, what its encryption stands in.
    /// - Returns: the key, where it is not encrypted.
    /// - Throws: ``PrivateKeyError`` with case `unreadable`.
    @discardableResult
    public static func checkForm(pem: [UInt8]) throws(PrivateKeyError) -> PrivateKey? {
        guard isEncrypted(pem: pem) else { return try PrivateKey(pem: pem) }
        do throws(OpenSSLError) {
            let block = try PEMBlock.blocks(in: pem).first { $0.label.hasSuffix(plainLabel) }
            // Without a header the label says it all (RFC 7468 §10 and §11).
            guard block?.label != plainLabel else {
                throw OpenSSLError("read the private key", detail: "a \(plainLabel) block has no headers")
            }
            guard let block, block.label == encryptedLabel else { return nil }
            let sealed = try decodeDER(
                block.bytes, "read the private key", { d2i_X509_SIG(nil, $0, $1) }, free: { X509_SIG_free($0) })
            X509_SIG_free(sealed)
            return nil
        } catch { throw .unreadable(error) }
    }

    /// Reads a PEM key: PKCS #8, encrypted or not, or the older forms of OpenSSL.
    /// - Throws: ``PrivateKeyError``; `unreadable` also where it would take more than 4,000,000 rounds to open.
    public convenience init(pem: [UInt8], passphrase: SecretBytes? = nil) throws(PrivateKeyError) {
        let isEncrypted = Self.isEncrypted(pem: pem)
        if isEncrypted && passphrase == nil { throw .passphraseNeeded }
        let key: OpaquePointer?
        do throws(OpenSSLError) {
            // Of what stands before damage, too: OpenSSL reads that far.
            let keys = PEMBlock.readable(in: pem).blocks.filter { $0.label.hasSuffix(Self.plainLabel) }
            for key in keys { try Self.checkCost(key.bytes) }
            let first = keys.first
            if isEncrypted, let passphrase, let first, first.label == Self.encryptedLabel {
                key = try Self.open(first.bytes, passphrase)
            } else {
                key = try Self.read(pem, passphrase)
            }
        } catch {
            throw isEncrypted && error.isBadDecryption ? .wrongPassphrase : .unreadable(error)
        }
        guard let key else { throw .wrongPassphrase }
        do { try self.init(owning: key) } catch { throw .unreadable(error) }
        // Nothing but this shows that what was encrypted, or the disk, was changed. Of an RSA key it takes too long.
        guard algorithm.isRSA || isConsistent else {
            throw .unreadable(
                OpenSSLError("read the private key", detail: "its private and its public half do not belong together"))
        }
    }

    /// Sees that opening an EncryptedPrivateKeyInfo takes no longer than one will wait.
    private static func checkCost(_ der: [UInt8]) throws(OpenSSLError) {
        let operation = "open the private key"
        guard
            let sealed = try? decodeDER(
                der, operation, { d2i_X509_SIG(nil, $0, $1) }, free: { X509_SIG_free($0) })
        else { return }
        defer { X509_SIG_free(sealed) }
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_SIG_get0(sealed, &algorithm, nil)
        var budget = KeyDerivationBudget(operation)
        try budget.spend(algorithm)
    }

    /// Opens an EncryptedPrivateKeyInfo (RFC 5208 §6). What comes out of a wrong passphrase is noise, and seldom ends in
    /// noise that looks padded right: whatever fails from the decryption on is the passphrase's fault.
    /// - Returns: nil where the passphrase does not open it.
    private static func open(_ der: [UInt8], _ passphrase: SecretBytes) throws(OpenSSLError) -> OpaquePointer? {
        let sealed = try decodeDER(
            der, "read the private key", { d2i_X509_SIG(nil, $0, $1) }, free: { X509_SIG_free($0) })
        defer { X509_SIG_free(sealed) }
        let info = passphrase.withBytes { bytes in
            PKCS8_decrypt(sealed, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        defer { ERR_clear_error() }
        return info.flatMap { EVP_PKCS82PKEY($0) }
    }

    /// Reads any other form.
    private static func read(_ pem: [UInt8], _ passphrase: SecretBytes?) throws(OpenSSLError) -> OpaquePointer {
        var asked = Unmanaged.passUnretained(passphrase ?? none)
        // The callback gets our passphrase; without one OpenSSL would ask the terminal.
        let key = try withMemoryBIO(pem) { (bio) throws(OpenSSLError) in
            withExtendedLifetime(passphrase) {
                PEM_read_bio_PrivateKey(
                    bio, nil,
                    { buffer, capacity, _, context in
                        guard let buffer, let context else { return -1 }
                        let secret = context.assumingMemoryBound(to: Unmanaged<SecretBytes>.self).pointee
                            .takeUnretainedValue()
                        guard secret.count <= Int(capacity) else { return -1 }
                        secret.withBytes { buffer.initialize(from: $0.map { CChar(bitPattern: $0) }, count: $0.count) }
                        return Int32(secret.count)
                    }, &asked)
            }
        }
        return try required(key, "read the private key")
    }

    private static let none = SecretBytes([])
}

/// Why a private key could not be had from its file.
public enum PrivateKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is encrypted, and no passphrase was given.
    case passphraseNeeded
    case wrongPassphrase
    /// It is not a key, is damaged, or is of a kind not supported here.
    case unreadable(OpenSSLError)

    public var description: String {
        switch self {
        case .passphraseNeeded: "the private key is encrypted and no passphrase was given"
        case .wrongPassphrase: "wrong passphrase"
        case .unreadable(let error): error.description
        }
    }
}

extension OpenSSLError {
    /// The signs of a wrong passphrase: the padding, or the garbage that came out, is not right.
    var isBadDecryption: Bool {
        entries.contains { entry in
            let (library, reason) = (ERR_GET_LIB(entry.code), ERR_GET_REASON(entry.code))
            return (library == ERR_LIB_PROV && reason == 100)  // PROV_R_BAD_DECRYPT has no public header
                || (library == ERR_LIB_EVP && reason == EVP_R_BAD_DECRYPT)
                || (library == ERR_LIB_PEM && reason == PEM_R_BAD_DECRYPT)
                || (library == ERR_LIB_PKCS12 && reason == PKCS12_R_PKCS12_CIPHERFINAL_ERROR)
        }
    }
}
