import MailCA
import MailLayouts
import SwiftCSV
import SystemPackage

/// A line of a list, or several where a field has line breaks.
struct CSVRecord: Sendable {
    /// The number of its first line.
    let line: Int
    let text: String

    var fields: [String] {
        get throws(MailCAError) {
            do { return try EnumeratedCSV(string: text, delimiter: .comma, loadColumns: false).header } catch {
                throw MailCAError(.invalidName, "the quotation marks are not as CSV has them (\(error))", cause: error)
            }
        }
    }
}

/// Cuts a stream into the records of comma-separated values: at line breaks that are not inside quotation marks.
struct CSVRecords {
    let descriptor: Int32
    let name: String

    /// No record of users is longer.
    private static let longest = 64 << 10

    func read(_ take: (CSVRecord) throws(MailCAError) -> Void) throws(MailCAError) {
        var record: [UInt8] = []
        var (line, start) = (1, 1)
        var isQuoted = false
        func end() throws(MailCAError) {
            defer { record.removeAll(keepingCapacity: true) }
            if record.last == UInt8(ascii: "\r") { record.removeLast() }
            // What some editors put before the text.
            if start == 1, record.starts(with: [0xef, 0xbb, 0xbf]) { record.removeFirst(3) }
            guard !record.isEmpty, record.first != UInt8(ascii: "#") else { return }
            guard let text = String(validating: record, as: UTF8.self) else {
                throw MailCAError(
                    .invalidName, "\(name), line \(start): it is not UTF-8", hint: "Save the list as UTF-8.")
            }
            try take(CSVRecord(line: start, text: text))
        }
        while true {
            let chunk = try FileContent.next(64 << 10, of: descriptor, name: FilePath(name))
            for byte in chunk {
                if byte == UInt8(ascii: "\n") { line += 1 }
                if byte == UInt8(ascii: "\n") && !isQuoted {
                    try end()
                    start = line
                    continue
                }
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
                record.append(byte)
                guard record.count <= Self.longest else {
                    throw MailCAError(
                        .invalidName, "\(name), line \(start): it does not end, perhaps for want of a quotation mark",
                        hint: "Give a list with one user a line.")
                }
            }
            if chunk.isEmpty { break }
        }
        guard !isQuoted else {
            throw MailCAError(
                .invalidName, "\(name), line \(start): a quotation mark is not closed",
                hint: "Nothing was made. Mend the list, then run the command again.")
        }
        try end()
    }
}
