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

/// Cuts a stream into the records of comma-separated values: at line breaks (LF, CR LF, or CR alone) that are not inside
/// quotation marks.
struct CSVRecords {
    let descriptor: Int32
    let name: String

    /// No record of users is longer.
    private static let longest = 64 << 10

    /// What some editors put before the text.
    private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    private static func isComment(_ record: [UInt8], _ line: Int) -> Bool {
        let text = line == 1 && record.starts(with: mark) ? record.dropFirst(mark.count) : record[...]
        return text.first == UInt8(ascii: "#")
    }

    /// Reads all records.
    /// - Parameter fault: gets what is wrong with a record, by the number of its first line. The next one is read, where
    ///   it can be told where that begins.
    func read(
        _ take: (CSVRecord) throws(MailCAError) -> Void, fault: (_ line: Int, _ message: String) -> Void
    ) throws(MailCAError) {
        var record: [UInt8] = []
        var (line, start) = (1, 1)
        var isQuoted = false
        var last: UInt8 = 0
        func end() throws(MailCAError) {
            defer { record.removeAll(keepingCapacity: true) }
            if record.isEmpty || Self.isComment(record, start) { return }
            if start == 1, record.starts(with: Self.mark) { record.removeFirst(Self.mark.count) }
            if record.isEmpty { return }
            guard let text = String(validating: record, as: UTF8.self) else {
                return fault(start, "it is not UTF-8")
            }
            // The parser of fields would take it for the end.
            if text.utf8.contains(UInt8(ascii: "\r")) { return fault(start, "there is a line break in a field") }
            try take(CSVRecord(line: start, text: text))
        }
        while true {
            let chunk = try FileContent.next(64 << 10, of: descriptor, name: FilePath(name))
            for byte in chunk {
                defer { last = byte }
                let isBreak = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
                let isSecondHalf = byte == UInt8(ascii: "\n") && last == UInt8(ascii: "\r")
                if isBreak && !isSecondHalf { line += 1 }
                if isBreak && !isQuoted {
                    if !isSecondHalf { try end() }
                    start = line
                    continue
                }
                // A comment may have as many as it likes.
                if byte == UInt8(ascii: "\""), !Self.isComment(record, start) { isQuoted.toggle() }
                record.append(byte)
                if record.count > Self.longest {
                    return fault(start, "it does not end, perhaps for want of a quotation mark")
                }
            }
            if chunk.isEmpty { break }
        }
        if isQuoted { return fault(start, "a quotation mark is not closed") }
        try end()
    }
}
