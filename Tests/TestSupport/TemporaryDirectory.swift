public import Foundation

/// A directory of a test's own under the system's temporary one, removed with everything in it at the end.
public final class TemporaryDirectory: Sendable {
    public let url: URL
    public var path: String { url.path(percentEncoded: false) }

    public init() throws {
        var template = Array(
            "\(FileManager.default.temporaryDirectory.path(percentEncoded: false))/mailca-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        url = URL(fileURLWithPath: path, isDirectory: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of a file in it.
    public func file(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

    /// The bytes of a file in it, as text.
    public func read(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    /// Writes a file into it and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        return file(name)
    }
}
