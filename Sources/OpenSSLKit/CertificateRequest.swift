import COpenSSL

/// A certification request, PKCS #10 (RFC 2986): a public key, proof that the asker holds its private half, and
/// wishes, which nobody has to believe.
///
/// Sound to share: an X509_REQ is only read after it was made.
public final class CertificateRequest: @unchecked Sendable {
    private let pointer: OpaquePointer

    public init(der: [UInt8]) throws(OpenSSLError) {
        pointer = try decodeStrictDER(
            der, "read the request", { d2i_X509_REQ(nil, $0, $1) }, { i2d_X509_REQ($0, $1) },
            free: { X509_REQ_free($0) })
    }

    /// Reads PEM or DER.
    public convenience init(pemOrDER bytes: [UInt8]) throws(OpenSSLError) {
        if !String(decoding: bytes, as: UTF8.self).contains("-----BEGIN") {
            try self.init(der: bytes)
            return
        }
        let labels: Set = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]
        guard let block = try PEMBlock.blocks(in: bytes).first(where: { labels.contains($0.label) }) else {
            throw OpenSSLError("read the request", detail: "there is no CERTIFICATE REQUEST block")
        }
        try self.init(der: block.bytes)
    }

    /// Makes a request for a key, with a subject and alternative names.
    public init(
        subject: DistinguishedName, alternativeNames: [GeneralName] = [], key: PrivateKey
    ) throws(OpenSSLError) {
        let operation = "make a request"
        let request = try required(X509_REQ_new(), operation)
        do {
            try succeed(X509_REQ_set_version(request, Int(X509_REQ_VERSION_1)), operation)
            try subject.withX509Name { name throws(OpenSSLError) in
                try succeed(X509_REQ_set_subject_name(request, name), operation)
            }
            try succeed(X509_REQ_set_pubkey(request, key.pointer), operation)
            if !alternativeNames.isEmpty {
                let names = try required(cossl_names_new(), operation)
                defer { GENERAL_NAMES_free(names) }
                for name in alternativeNames { try succeed(cossl_names_push(names, try name.make()), operation) }
                var extensions: OpaquePointer?
                try succeed(
                    X509V3_add1_i2d(&extensions, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0), operation)
                defer { cossl_extensions_free(extensions) }
                try succeed(X509_REQ_add_extensions(request, extensions), operation)
            }
            try succeed(X509_REQ_sign(request, key.pointer, key.algorithm.digest), operation)
        } catch {
            X509_REQ_free(request)
            throw error
        }
        pointer = request
    }

    deinit { X509_REQ_free(pointer) }

    /// Whether it is signed with the key that it holds.
    public var signatureIsValid: Bool {
        defer { ERR_clear_error() }
        guard let key = X509_REQ_get0_pubkey(pointer) else { return false }
        return X509_REQ_verify(pointer, key) == 1
    }

    public func publicKey() throws(OpenSSLError) -> PublicKey { try PublicKey(X509_REQ_get_X509_PUBKEY(pointer)) }

    public func subject() throws(OpenSSLError) -> DistinguishedName {
        try DistinguishedName(X509_REQ_get_subject_name(pointer))
    }

    /// The names that it asks for (RFC 2985 §5.4.2, RFC 5280 §4.2.1.6); none where it asks for none.
    /// - Throws: ``OpenSSLError`` where they are malformed.
    public func alternativeNames() throws(OpenSSLError) -> [GeneralName] {
        guard let extensions = X509_REQ_get_extensions(pointer) else {
            ERR_clear_error()
            return []
        }
        defer { cossl_extensions_free(extensions) }
        let operation = "read the names of the request"
        var critical: Int32 = 0
        guard let value = X509V3_get_d2i(extensions, NID_subject_alt_name, &critical, nil) else {
            guard critical == -1 else { throw OpenSSLError(draining: operation) }
            return []
        }
        let list = OpaquePointer(value)
        defer { GENERAL_NAMES_free(list) }
        var names: [GeneralName] = []
        for index in 0..<cossl_names_count(list) {
            names.append(try GeneralName(try required(cossl_names_at(list, index), operation)))
        }
        return names
    }

    /// The public exponent of an RSA key is odd and at least 65,537, as certificates of mail servers want it; true
    /// for every other kind of key.
    public var exponentIsSound: Bool {
        guard let key = X509_REQ_get0_pubkey(pointer), EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else { return true }
        var exponent: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 else { return false }
        defer { BN_free(exponent) }
        return BN_is_odd(exponent) == 1 && BN_num_bits(exponent) >= 17
    }

    public func pem() throws(OpenSSLError) -> String {
        let der = try encodeDER("write the request") { i2d_X509_REQ(pointer, $0) }
        return PEMBlock(label: "CERTIFICATE REQUEST", bytes: der).text
    }
}
