import COpenSSL

/// SHA-256 of bytes that come in pieces.
public final class RunningDigest {
    private let context: OpaquePointer

    public init() throws(OpenSSLError) {
        let operation = "make a digest"
        context = try required(EVP_MD_CTX_new(), operation)
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw OpenSSLError(draining: operation)
        }
    }

    deinit { EVP_MD_CTX_free(context) }

    public func update(_ bytes: UnsafeRawBufferPointer) { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }

    public func update(_ bytes: borrowing [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The digest of all that came, 32 bytes. Nothing can come after it.
    public func finish() throws(OpenSSLError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        try succeed(EVP_DigestFinal_ex(context, &digest, nil), "make a digest")
        return digest
    }
}
