import Foundation

/// PEM files taken apart: several programs read only the first object of one.
enum PEM {
    struct Malformed: Error { let file: String }

    /// The DER of every block of a kind (`CERTIFICATE`, `X509 CRL`), in the file's order.
    static func blocks(_ kind: String, of file: String) throws -> [Data] {
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(whereSeparator: \.isNewline).map(
            String.init)
        var blocks: [Data] = []
        var rest = lines[...]
        while let begin = rest.firstIndex(of: "-----BEGIN \(kind)-----") {
            guard let end = rest[begin...].firstIndex(of: "-----END \(kind)-----"),
                let der = Data(base64Encoded: lines[(begin + 1)..<end].joined())
            else { throw Malformed(file: file) }
            blocks.append(der)
            rest = lines[(end + 1)...]
        }
        return blocks
    }

    /// A file of one block.
    static func encode(_ der: Data, as kind: String) -> String {
        "-----BEGIN \(kind)-----\n\(der.base64EncodedString(options: .lineLength64Characters))\n-----END \(kind)-----\n"
    }
}
