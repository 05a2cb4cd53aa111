import COpenSSL

/// A PKCS #12 file (RFC 7292): a key, its certificate and the chain, under one password.
public struct PKCS12: Sendable {
    /// How it is protected.
    public enum Protection: Sendable, Hashable, CaseIterable {
        /// AES-256-CBC under PBKDF2 with SHA-256, and a SHA-256 MAC: OpenSSL, NSS, Java, GnuTLS, new systems.
        case modern
        /// Triple DES and a SHA-1 MAC: what older Windows, macOS and Android can read.
        case insecureCompatible
    }

    public let key: PrivateKey
    public let certificate: Certificate
    /// The certificates of its issuers.
    public let chain: [Certificate]
    /// The name under which a program that imported it shows it.
    public let friendlyName: String?

    public init(key: PrivateKey, certificate: Certificate, chain: [Certificate], friendlyName: String?) {
        self.key = key
        self.certificate = certificate
        self.chain = chain
        self.friendlyName = friendlyName
    }

    /// The file, encrypted.
    /// - Parameters:
    ///   - password: not empty.
    ///   - protection: which ciphers.
    ///   - iterations: of the key derivation; 2,048 costs 1.5 ms, and a generated password needs no more.
    public func encode(
        password: SecretBytes, protection: Protection = .modern, iterations: Int = 2_048
    ) throws(OpenSSLError) -> [UInt8] {
        let operation = "make the PKCS #12 file"
        guard !password.isEmpty else { throw OpenSSLError(operation, detail: "an empty password is refused") }
        let stack = try CertificateStack(chain)
        let cipher = protection == .modern ? NID_aes_256_cbc : NID_pbe_WithSHA1And3_Key_TripleDES_CBC
        let digest = protection == .modern ? EVP_sha256() : EVP_sha1()
        var text = password.withBytes { $0.map { CChar(bitPattern: $0) } } + [0]
        defer { text.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        let file = try required(
            // A MAC count of -1 leaves the MAC to be set with the digest of our choice.
            PKCS12_create(
                text, friendlyName, key.pointer, certificate.withKey, stack.pointer, cipher, cipher,
                Int32(iterations), -1, 0),
            operation)
        defer { PKCS12_free(file) }
        try succeed(PKCS12_set_mac(file, text, -1, nil, 0, Int32(iterations), digest), operation)
        return try encodeDER(operation) { i2d_PKCS12(file, $0) }
    }

    /// Opens a file.
    /// - Throws: ``PrivateKeyError/wrongPassphrase``, or ``PrivateKeyError/unreadable(_:)`` for anything else: it is
    ///   damaged, or would take more than 4,000,000 rounds to open.
    public init(der: [UInt8], password: SecretBytes) throws(PrivateKeyError) {
        var isWrongPassword = false
        do throws(OpenSSLError) {
            let file = try decodeDER(
                der, "read the PKCS #12 file", { d2i_PKCS12(nil, $0, $1) }, free: { PKCS12_free($0) })
            defer { PKCS12_free(file) }
            var budget = KeyDerivationBudget("open the PKCS #12 file")
            try budget.spend(outsideOf: file)
            var text = password.withBytes { $0.map { CChar(bitPattern: $0) } } + [0]
            defer { text.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
            guard PKCS12_mac_present(file) == 0 || PKCS12_verify_mac(file, text, -1) == 1 else {
                isWrongPassword = true
                throw OpenSSLError("check the MAC of the PKCS #12 file", detail: "the password does not fit")
            }
            try budget.spend(insideOf: file, password: text)
            var key: OpaquePointer?
            var certificate: OpaquePointer?
            var others: OpaquePointer?
            try succeed(PKCS12_parse(file, text, &key, &certificate, &others), "open the PKCS #12 file")
            // What is kept gets a reference of its own: any of it can be refused.
            defer {
                EVP_PKEY_free(key)
                X509_free(certificate)
                cossl_certificates_free(others)
            }
            friendlyName = certificate.flatMap { Self.friendlyName($0) }
            chain = try TrustStore.certificates(others)
            guard let certificate else {
                throw OpenSSLError("open the PKCS #12 file", detail: "there is no certificate for the key in it")
            }
            X509_up_ref(certificate)
            self.certificate = try Certificate(owning: certificate)
            let found = try required(key, "find the key in the PKCS #12 file")
            EVP_PKEY_up_ref(found)
            self.key = try PrivateKey(owning: found)
        } catch {
            throw isWrongPassword ? .wrongPassphrase : .unreadable(error)
        }
    }

    private static func friendlyName(_ certificate: OpaquePointer) -> String? {
        var count: Int32 = 0
        guard let start = X509_alias_get0(certificate, &count) else { return nil }
        return String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }
}

/// A stack of certificates that holds a reference to each.
struct CertificateStack: ~Copyable {
    let pointer: OpaquePointer

    init(_ certificates: [Certificate]) throws(OpenSSLError) {
        let stack = try required(cossl_certificates_new(), "list certificates")
        for certificate in certificates where cossl_certificates_push(stack, certificate.withKey) != 1 {
            cossl_certificates_free(stack)
            throw OpenSSLError(draining: "list certificates")
        }
        pointer = stack
    }

    deinit { cossl_certificates_free(pointer) }
}
