import FoundationEssentials

/// One of many: an object of a JSON array, or a line of a table.
protocol StreamedRow: Encodable {
    /// Without the line's end.
    var line: String { get }
}

/// A result that is printed as it comes, so that a million rows take no more memory than one. With `--json` it is an
/// array with one object a line; else lines.
final class StreamedResult {
    private let encoder: JSONEncoder?
    private let heading: String?
    private var text = ""
    private var count = 0
    private static let bufferSize = 64 << 10

    /// - Parameter heading: the first line of the table; with `--quiet` it is left out.
    init(_ options: CommonOptions, heading: String) {
        if options.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            self.encoder = encoder
        } else {
            encoder = nil
        }
        self.heading = options.quiet ? nil : heading
    }

    func add(_ row: some StreamedRow) {
        if let encoder {
            guard let data = try? encoder.encode(row) else { return }
            text += count == 0 ? "[\n" : ",\n"
            text += String(decoding: data, as: UTF8.self)
        } else {
            if count == 0, let heading { text += heading + "\n" }
            text += row.line + "\n"
        }
        count += 1
        guard text.utf8.count >= Self.bufferSize else { return }
        Output.write(text)
        text = ""
    }

    /// Ends it, and prints what is left.
    /// - Parameter closing: a line below the table; it is no part of JSON.
    func end(_ closing: String? = nil) {
        if encoder != nil {
            text += count == 0 ? "[]\n" : "\n]\n"
        } else if let closing {
            text += closing + "\n"
        }
        Output.write(text)
        text = ""
    }
}

extension String {
    /// With spaces after it, up to a width.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
