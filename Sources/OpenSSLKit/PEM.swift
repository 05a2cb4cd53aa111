import COpenSSL

/// PEM text (RFC 7468): the labelled blocks of a file, and one block made of DER.
public struct PEMBlock: Sendable, Hashable {
    /// What stands after `BEGIN`, such as `CERTIFICATE`.
    public let label: String
    /// The content, decoded.
    public let bytes: [UInt8]

    public init(label: String, bytes: [UInt8]) {
        self.label = label
        self.bytes = bytes
    }

    /// The block as text: lines of 64 characters, each ended by a newline.
    public var text: String {
        var text = "-----BEGIN \(label)-----\n"
        text.reserveCapacity(bytes.count * 4 / 3 + bytes.count / 48 + 2 * label.utf8.count + 40)
        bytes.withUnsafeBufferPointer { buffer in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 65) { line in
                for start in stride(from: 0, to: buffer.count, by: 48) {
                    let count = EVP_EncodeBlock(
                        line.baseAddress, buffer.baseAddress.map { $0 + start }, Int32(min(48, buffer.count - start)))
                    text += String(decoding: line[..<Int(count)], as: UTF8.self)
                    text += "\n"
                }
                OPENSSL_cleanse(line.baseAddress, 65)
            }
        }
        return text + "-----END \(label)-----\n"
    }

    /// Every block of a PEM file, in order; text around them is allowed (RFC 7468 §2).
    /// - Throws: ``OpenSSLError`` where a block is cut short or is not Base64, saying which one.
    public static func blocks(in text: [UInt8]) throws(OpenSSLError) -> [PEMBlock] {
        ERR_clear_error()
        let bio = try required(BIO_new_mem_buf(text, Int32(clamping: text.count)), "read PEM")
        defer { BIO_free(bio) }
        var blocks: [PEMBlock] = []
        while true {
            var name: UnsafeMutablePointer<CChar>?
            var header: UnsafeMutablePointer<CChar>?
            var data: UnsafeMutablePointer<UInt8>?
            var count = 0
            guard PEM_read_bio(bio, &name, &header, &data, &count) == 1, let name, let data else {
                let error = OpenSSLError(draining: "read PEM block \(blocks.count + 1)")
                // The end of the file is reported as "no start line".
                if error.has(library: ERR_LIB_PEM, reason: PEM_R_NO_START_LINE) { return blocks }
                throw error
            }
            blocks.append(
                PEMBlock(
                    label: String(cString: name),
                    bytes: [UInt8](UnsafeBufferPointer(start: data, count: count))))
            OPENSSL_cleanse(data, count)
            cossl_free(name)
            cossl_free(header)
            cossl_free(data)
        }
    }
}
