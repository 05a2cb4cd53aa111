import COpenSSL
import Glibc

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
        bytes.withUnsafeBytes { buffer in
            Self.secretText(label: label, bytes: buffer).withBytes { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// The text of a block whose content nobody else may see.
    static func secretText(label: String, bytes: UnsafeRawBufferPointer) -> SecretBytes {
        let (head, foot) = ("-----BEGIN \(label)-----\n", "-----END \(label)-----\n")
        let lines = (bytes.count + 47) / 48
        let capacity = head.utf8.count + foot.utf8.count + lines * 66
        return SecretBytes(capacity: capacity) { text in
            let text = text.bindMemory(to: UInt8.self)
            var end = text[...].update(fromContentsOf: head.utf8)
            for start in stride(from: 0, to: bytes.count, by: 48) {
                // The call ends each line with a NUL, which the newline takes the place of.
                let count = EVP_EncodeBlock(
                    text.baseAddress.map { $0 + end },
                    bytes.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) + start },
                    Int32(min(48, bytes.count - start)))
                end += Int(count)
                text[end] = UInt8(ascii: "\n")
                end += 1
            }
            return text[end...].update(fromContentsOf: foot.utf8)
        }
    }

    /// Whether a file is not PEM but DER: it begins as a SEQUENCE with a length of at least two bytes, and text does not.
    public static func isDER(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x30]) && bytes.dropFirst().first ?? 0 >= 0x80
    }

    /// Every block of a PEM file, in order; text around them is allowed (RFC 7468 §2).
    /// - Throws: ``OpenSSLError`` where a block is cut short or is not Base64, saying which one.
    public static func blocks(in text: [UInt8]) throws(OpenSSLError) -> [PEMBlock] {
        let (blocks, error) = readable(in: text)
        if let error { throw error }
        let ends = endCount(text)
        guard ends <= blocks.count else {
            throw OpenSSLError(
                "read PEM block \(blocks.count + 1)", detail: "there are \(ends) END lines, and one has no BEGIN line")
        }
        return blocks
    }

    /// The blocks up to the end, or up to one that is damaged.
    static func readable(in text: [UInt8]) -> (blocks: [PEMBlock], error: OpenSSLError?) {
        var blocks: [PEMBlock] = []
        do throws(OpenSSLError) {
            try withMemoryBIO(text) { (bio) throws(OpenSSLError) in try read(from: bio, into: &blocks) }
            return (blocks, nil)
        } catch { return (blocks, error) }
    }

    /// How many lines end a block. OpenSSL takes one whose BEGIN line is damaged for text between blocks.
    private static func endCount(_ text: [UInt8]) -> Int {
        let mark = Array("-----END ".utf8)
        return text.withUnsafeBytes { text in
            guard let start = text.baseAddress else { return 0 }
            var (count, position) = (0, 0)
            while position + mark.count <= text.count {
                if memcmp(start + position, mark, mark.count) == 0 { count += 1 }
                guard let end = memchr(start + position, Int32(UInt8(ascii: "\n")), text.count - position) else {
                    break
                }
                position = UnsafeRawPointer(end) - start + 1
            }
            return count
        }
    }

    private static func read(from bio: OpaquePointer, into blocks: inout [PEMBlock]) throws(OpenSSLError) {
        while true {
            var name: UnsafeMutablePointer<CChar>?
            var header: UnsafeMutablePointer<CChar>?
            var data: UnsafeMutablePointer<UInt8>?
            var count = 0
            guard PEM_read_bio(bio, &name, &header, &data, &count) == 1, let name, let data else {
                let error = OpenSSLError(draining: "read PEM block \(blocks.count + 1)")
                // The end of the file is reported as "no start line".
                if error.has(library: ERR_LIB_PEM, reason: PEM_R_NO_START_LINE) { return }
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
