import COpenSSL

/// A public key as certificates carry it: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
public struct PublicKey: Sendable, Hashable {
    /// Which of the kinds made here it is; nil for any other (another curve, DSA, an odd RSA length).
    public let algorithm: KeyAlgorithm?
    /// SubjectPublicKeyInfo, DER.
    public let der: [UInt8]
    /// The content of its BIT STRING: the point, the RSAPublicKey, or the raw bytes.
    public let encoded: [UInt8]

    /// SHA-1 of the encoded key: the subject key identifier (RFC 5280 §4.2.1.2, method 1).
    public var keyIdentifier: [UInt8] { Digest.sha1(encoded) }

    /// SHA-256 of the SubjectPublicKeyInfo: what a TLSA record `3 1 1` or `2 1 1` holds (RFC 6698 §2.1).
    public var sha256: [UInt8] { Digest.sha256(der) }

    /// Of a key that is one of ours, without the detour over a decoder.
    init(privateKey key: OpaquePointer, algorithm: KeyAlgorithm) throws(OpenSSLError) {
        let operation = "read the public key"
        var bytes = [UInt8](repeating: 0, count: 128)
        var count = bytes.count
        if algorithm.isRSA {
            bytes = try encodeDER(operation) { i2d_PublicKey(key, $0) }
        } else if algorithm == .ed25519 {
            try succeed(EVP_PKEY_get_raw_public_key(key, &bytes, &count), operation)
            bytes.removeSubrange(count...)
        } else {
            let capacity = bytes.count
            try succeed(
                EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, &bytes, capacity, &count), operation)
            bytes.removeSubrange(count...)
        }
        let info = try required(X509_PUBKEY_new(), operation)
        defer { X509_PUBKEY_free(info) }
        try Self.set(info, algorithm: algorithm, encoded: bytes)
        self.algorithm = algorithm
        self.encoded = bytes
        self.der = try encodeDER(operation) { i2d_X509_PUBKEY(info, $0) }
    }

    /// A copy of what `info` (borrowed) holds.
    init(_ info: OpaquePointer?) throws(OpenSSLError) {
        let info = try required(info, "read the public key")
        var bytes: UnsafePointer<UInt8>?
        var count: Int32 = 0
        var identifier: UnsafeMutablePointer<X509_ALGOR>?
        try succeed(X509_PUBKEY_get0_param(nil, &bytes, &count, &identifier, info), "read the public key")
        encoded = [UInt8](UnsafeBufferPointer(start: bytes, count: Int(count)))
        der = try encodeDER("read the public key") { i2d_X509_PUBKEY(info, $0) }
        algorithm = KeyAlgorithm(identifier: identifier, encoded: encoded)
    }

    /// Writes the key into `info` (borrowed) without decoding it: a hundred times faster than `X509_PUBKEY_set`.
    func write(into info: OpaquePointer?) throws(OpenSSLError) {
        let info = try required(info, "write the public key")
        guard let algorithm else { throw OpenSSLError("write the public key", detail: "its kind is not supported") }
        try Self.set(info, algorithm: algorithm, encoded: encoded)
    }

    private static func set(_ info: OpaquePointer, algorithm: KeyAlgorithm, encoded: [UInt8]) throws(OpenSSLError) {
        let operation = "write the public key"
        let copy = try required(cossl_copy(encoded, encoded.count), operation)
        let (object, kind, parameter): (Int32, Int32, UnsafeMutableRawPointer?) =
            switch algorithm {
            case .ecP256:
                (NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1).map { .init($0) })
            case .ecP384: (NID_X9_62_id_ecPublicKey, V_ASN1_OBJECT, OBJ_nid2obj(NID_secp384r1).map { .init($0) })
            case .ed25519: (NID_ED25519, V_ASN1_UNDEF, nil)
            case .rsa2048, .rsa3072, .rsa4096: (NID_rsaEncryption, V_ASN1_NULL, nil)
            }
        // set0 takes the copy over when it succeeds.
        let status = X509_PUBKEY_set0_param(
            info, OBJ_nid2obj(object), kind, parameter, copy.assumingMemoryBound(to: UInt8.self), Int32(encoded.count))
        if status != 1 { cossl_free(copy) }
        try succeed(status, operation)
    }
}

extension PublicKey: CustomStringConvertible {
    /// Its kind in words, such as "EC P-256".
    public var description: String {
        switch algorithm {
        case .ecP256: "EC P-256"
        case .ecP384: "EC P-384"
        case .ed25519: "Ed25519"
        case .rsa2048, .rsa3072, .rsa4096: "RSA \(algorithm?.rsaBits ?? 0)"
        case nil: "a key of another kind"
        }
    }
}
