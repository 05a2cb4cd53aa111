import COpenSSL

/// SHA-256 of bytes that come in pieces.
public final class DigestStream {
    private let context: OpaquePointer

    public init() throws(OpenSSLError) {
        let operation = "prepare a digest"
        context = try required(EVP_MD_CTX_new(), operation)
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { throw OpenSSLError(draining: operation) }
    }

    deinit { EVP_MD_CTX_free(context) }

    public func update(_ bytes: [UInt8]) { _ = EVP_DigestUpdate(context, bytes, bytes.count) }

    /// The digest of all of them, 32 bytes; called once.
    public func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            count = 32
        }
    }
}
