import MailCA
public import OpenSSLKit

/// A file that is to be put into a directory.
public struct BatchFile: Sendable {
    public let name: String
    public let mode: UInt32
    public let content: SecretBytes

    /// - Parameter name: without `/` and line breaks.
    public init(_ name: String, mode: UInt32, _ content: SecretBytes) {
        self.name = name
        self.mode = mode
        self.content = content
    }
}

/// All files of a batch in one, as they lie on the disk until each is in its place: a line that says what there is, the
/// contents one behind the other, and SHA-256 of all that, without which it is not whole.
struct BatchPack: Sendable {
    /// Of one of the batch's certificates.
    let serialNumber: SerialNumber
    /// For the directory's growing file.
    let lines: SecretBytes
    let files: [BatchFile]

    private static let digestSize = 32

    func encoded() throws(OpenSSLError) -> SecretBytes {
        var heading = "\(serialNumber)/\(lines.count)"
        for file in files { heading += "/\(file.name)/\(file.mode)/\(file.content.count)" }
        let head = Array("\(heading)\n".utf8)
        let parts = [lines] + files.map(\.content)
        let size = head.count + parts.reduce(0) { $0 + $1.count } + Self.digestSize
        let digest = try RunningDigest()
        return try SecretBytes(capacity: size) { (buffer) throws(OpenSSLError) in
            buffer.copyBytes(from: head)
            var end = head.count
            for part in parts {
                part.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[end...]).copyMemory(from: $0) }
                end += part.count
            }
            digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<end]))
            buffer[end...].copyBytes(from: try digest.finish())
            return size
        }
    }
}

extension BatchPack {
    /// - Returns: nil where it is not whole.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let fields = bytes[..<end].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count >= 2, fields.count % 3 == 2, let serial = SerialNumber(hexadecimal: fields[0]) else {
            return nil
        }
        let entries = stride(from: 2, to: fields.count, by: 3).map { (fields[$0], UInt32(fields[$0 + 1])) }
        let sizes = stride(from: 1, to: fields.count, by: 3).compactMap { Int(fields[$0]) }
        guard sizes.count == entries.count + 1, sizes.allSatisfy({ (0...bytes.count).contains($0) }) else { return nil }
        let size = sizes.reduce(end + 1, +)
        guard bytes.count == size + Self.digestSize,
            bytes[size...].elementsEqual(Digest.sha256(Array(bytes[..<size])))
        else { return nil }
        var start = end + 1
        let parts = sizes.map { size in
            defer { start += size }
            return SecretBytes(bytes[start..<start + size])
        }
        serialNumber = serial
        lines = parts[0]
        files = zip(entries, parts.dropFirst()).map { BatchFile($0.0, mode: $0.1 ?? 0o600, $1) }
    }
}
