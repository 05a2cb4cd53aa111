import COpenSSL

/// A signature over bytes that come in pieces.
final class Signer {
    private let key: PrivateKey
    /// Nil where the key signs only what it has whole: Ed25519 (RFC 8032 §4).
    private let context: OpaquePointer?
    private var whole: [UInt8] = []

    init(_ key: PrivateKey) throws(OpenSSLError) {
        self.key = key
        guard let digest = key.algorithm.digest else {
            context = nil
            return
        }
        let operation = "digest what is to be signed"
        let context = try required(EVP_MD_CTX_new(), operation)
        guard EVP_DigestInit_ex(context, digest, nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw OpenSSLError(draining: operation)
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: borrowing [UInt8]) {
        guard let context else { return whole.append(contentsOf: copy bytes) }
        bytes.withUnsafeBufferPointer { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// The signature, made and checked.
    func finish() throws(OpenSSLError) -> [UInt8] {
        guard let context else { return try key.signature(of: whole) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        try succeed(EVP_DigestFinal_ex(context, &digest, &count), "digest what is to be signed")
        return try key.signature(ofDigest: Array(digest.prefix(Int(count))))
    }
}

/// Signs one thing after the other with the same key, in one thread: what OpenSSL looks up for a signature is kept.
final class RepeatingSigner {
    private let key: PrivateKey
    private let digestContext: OpaquePointer
    private let signatureContext: OpaquePointer

    /// - Throws: ``OpenSSLError`` also for Ed25519, which signs only what it has whole (RFC 8032 §4).
    init(_ key: PrivateKey) throws(OpenSSLError) {
        let operation = "prepare to sign"
        self.key = key
        let signing = try key.signatureContext()
        guard let hashing = EVP_MD_CTX_new() else {
            EVP_PKEY_CTX_free(signing)
            throw OpenSSLError(draining: operation)
        }
        digestContext = hashing
        signatureContext = signing
    }

    deinit {
        EVP_MD_CTX_free(digestContext)
        EVP_PKEY_CTX_free(signatureContext)
    }

    /// The signature over bytes with the key's own digest; nobody has looked whether it is good.
    func signature(of bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let operation = "sign"
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        try succeed(EVP_DigestInit_ex(digestContext, key.algorithm.digest, nil), operation)
        try succeed(EVP_DigestUpdate(digestContext, bytes, bytes.count), operation)
        try succeed(EVP_DigestFinal_ex(digestContext, &digest, &count), operation)
        var signature = [UInt8](repeating: 0, count: Self.longest)
        var length = Self.longest
        try succeed(EVP_PKEY_sign(signatureContext, &signature, &length, digest, Int(count)), operation)
        signature.removeLast(signature.count - length)
        return signature
    }

    /// Of RSA with 4096 bits.
    private static let longest = 512
}

extension PrivateKey {
    /// Signs bytes with the key's own digest, and sees that the signature is good.
    public func signature(of bytes: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let operation = "sign"
        let context = try required(EVP_MD_CTX_new(), operation)
        defer { EVP_MD_CTX_free(context) }
        try succeed(EVP_DigestSignInit(context, nil, algorithm.digest, nil, pointer), operation)
        var count = 0
        try succeed(EVP_DigestSign(context, nil, &count, bytes, bytes.count), operation)
        var signature = [UInt8](repeating: 0, count: count)
        try succeed(EVP_DigestSign(context, &signature, &count, bytes, bytes.count), operation)
        signature.removeLast(signature.count - count)
        EVP_MD_CTX_reset(context)
        try succeed(EVP_DigestVerifyInit(context, nil, algorithm.digest, nil, pointer), "check the signature")
        try succeed(
            EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count), "check the signature")
        return signature
    }

    /// What signs digests that were made with the key's own digest algorithm; the caller owns it.
    fileprivate func signatureContext() throws(OpenSSLError) -> OpaquePointer {
        let operation = "prepare to sign"
        let digest = try required(algorithm.digest, operation)
        let context = try required(EVP_PKEY_CTX_new(pointer, nil), operation)
        guard EVP_PKEY_sign_init(context) == 1, EVP_PKEY_CTX_set_signature_md(context, digest) == 1 else {
            EVP_PKEY_CTX_free(context)
            throw OpenSSLError(draining: operation)
        }
        return context
    }

    /// Signs a digest that was made with the key's own digest algorithm, and sees that the signature is good.
    fileprivate func signature(ofDigest digest: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        let operation = "sign"
        let context = try signatureContext()
        defer { EVP_PKEY_CTX_free(context) }
        var count = 0
        try succeed(EVP_PKEY_sign(context, nil, &count, digest, digest.count), operation)
        var signature = [UInt8](repeating: 0, count: count)
        try succeed(EVP_PKEY_sign(context, &signature, &count, digest, digest.count), operation)
        signature.removeLast(signature.count - count)
        try succeed(EVP_PKEY_verify_init(context), "check the signature")
        try succeed(EVP_PKEY_CTX_set_signature_md(context, algorithm.digest), "check the signature")
        try succeed(
            EVP_PKEY_verify(context, signature, signature.count, digest, digest.count), "check the signature")
        return signature
    }
}

extension Certificate {
    /// Whether `signature` was made over `bytes` by the key of this certificate, with the key's own digest.
    public func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        guard let key = X509_get0_pubkey(withKey), let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        let digest = (try? publicKey().algorithm?.digest).flatMap { $0 }
        guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }
}
