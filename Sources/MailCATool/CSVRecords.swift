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

    /// Reads all records.
    /// - Parameter fault: gets what is wrong with a record, by the number of its first line; the next one is read.
    func read(
        _ take: (CSVRecord) throws(MailCAError) -> Void, fault: (_ line: Int, _ message: String) -> Void
    ) throws(MailCAError) {
        var record: [UInt8] = []
        var (line, start) = (1, 1)
        var isQuoted = false
        var last: UInt8 = 0
        func end() throws(MailCAError) {
            defer { record.removeAll(keepingCapacity: true) }
            // What some editors put before the text.
            if start == 1, record.starts(with: [0xef, 0xbb, 0xbf]) { record.removeFirst(3) }
            guard !record.isEmpty, record.first != UInt8(ascii: "#") else { return }
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
                if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
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
