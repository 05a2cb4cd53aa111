import COpenSSL

/// Writes a PEM block (RFC 7468) of any size piece by piece.
public final class PEMEncoder {
    private let label: String
    private let context: OpaquePointer

    public init(label: String) throws(OpenSSLError) {
        self.label = label
        context = try required(EVP_ENCODE_CTX_new(), "write PEM")
        EVP_EncodeInit(context)
    }

    deinit { EVP_ENCODE_CTX_free(context) }

    /// The line before the content.
    public var head: [UInt8] { Array("-----BEGIN \(label)-----\n".utf8) }

    /// The text of the next bytes, as far as they fill whole lines.
    public func encode(_ bytes: [UInt8]) -> [UInt8] {
        // A line of 64 characters and its end for each 48 bytes, and one that was begun before; and a NUL.
        [UInt8](unsafeUninitializedCapacity: (bytes.count / 48 + 2) * 65 + 1) { text, count in
            var written: Int32 = 0
            EVP_EncodeUpdate(context, text.baseAddress, &written, bytes, Int32(bytes.count))
            count = Int(written)
        }
    }

    /// What is left of the content, and the line after it.
    public func finish() -> [UInt8] {
        let rest = [UInt8](unsafeUninitializedCapacity: 130) { text, count in
            var written: Int32 = 0
            EVP_EncodeFinal(context, text.baseAddress, &written)
            count = Int(written)
        }
        return rest + Array("-----END \(label)-----\n".utf8)
    }
}
