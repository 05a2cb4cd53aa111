import COpenSSL

/// A key pair. It never leaves memory unless one of the encoding methods is called.
///
/// Sound to share: an EVP_PKEY is not changed after it was made, and OpenSSL guards its own caches.
public final class PrivateKey: @unchecked Sendable {
    let pointer: OpaquePointer
    public let algorithm: KeyAlgorithm
    public let publicKey: PublicKey

    /// Takes `pointer` over.
    convenience init(owning pointer: OpaquePointer) throws(OpenSSLError) {
        guard let algorithm = KeyAlgorithm(pointer) else {
            EVP_PKEY_free(pointer)
            throw OpenSSLError("use the private key", detail: "its kind is not one of \(KeyAlgorithm.list)")
        }
        if algorithm.curve != nil {
            // Certificates hold whole points; a key that was read with a compressed one is not another key.
            EVP_PKEY_set_utf8_string_param(pointer, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed")
        }
        try self.init(owning: pointer, algorithm)
    }

    /// Takes `pointer` over, which is of that kind and writes whole points.
    fileprivate init(owning pointer: OpaquePointer, _ algorithm: KeyAlgorithm) throws(OpenSSLError) {
        do {
            publicKey = try PublicKey(privateKey: pointer, algorithm: algorithm)
        } catch {
            EVP_PKEY_free(pointer)
            throw error
        }
        self.pointer = pointer
        self.algorithm = algorithm
    }

    deinit { EVP_PKEY_free(pointer) }

    /// Makes a new key pair.
    public static func generate(_ algorithm: KeyAlgorithm) throws(OpenSSLError) -> PrivateKey {
        var generator = try KeyGenerator(algorithm)
        return try generator.next()
    }

    /// Whether its two halves belong together, and its numbers to each other: a file that was damaged can hold a key that
    /// is read and signs what nobody can verify. It takes up to half a second of an RSA key.
    public var isConsistent: Bool {
        defer { ERR_clear_error() }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_pairwise_check(context) == 1
    }

    /// Whether it is the private half of `key`.
    public func matches(_ key: PublicKey) -> Bool { publicKey.der == key.der }
}

extension KeyAlgorithm {
    /// All names, for messages.
    public static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// Makes keys of one kind; its context is kept, which halves the cost of each further EC key.
public struct KeyGenerator: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: KeyAlgorithm

    public init(_ algorithm: KeyAlgorithm) throws(OpenSSLError) {
        self.algorithm = algorithm
        context = try Self.context(algorithm)
    }

    private static func context(_ algorithm: KeyAlgorithm) throws(OpenSSLError) -> OpaquePointer {
        let operation = "prepare a new \(algorithm.rawValue) key"
        let context = try required(EVP_PKEY_CTX_new_from_name(nil, algorithm.openSSLName, nil), operation)
        do {
            try succeed(EVP_PKEY_keygen_init(context), operation)
            if let curve = algorithm.curve { try succeed(EVP_PKEY_CTX_set_group_name(context, curve), operation) }
            if let bits = algorithm.rsaBits {
                try succeed(EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)), operation)
            }
        } catch {
            EVP_PKEY_CTX_free(context)
            throw error
        }
        return context
    }

    deinit { EVP_PKEY_CTX_free(context) }

    public mutating func next() throws(OpenSSLError) -> PrivateKey {
        var key: OpaquePointer?
        try succeed(EVP_PKEY_generate(context, &key), "make a new key")
        return try PrivateKey(owning: required(key, "make a new key"), algorithm)
    }
}
