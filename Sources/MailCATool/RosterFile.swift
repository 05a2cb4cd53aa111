import Glibc
import MailCA
import MailLayouts
import SQLiteLedger
import SwiftCSV
import SystemPackage

/// A list of users in a file: comma-separated values (RFC 4180) with address, name and device, the last two of which
/// may be missing.
///
/// A first line without an address is a heading, which may name the columns in another order. Empty lines, and those
/// that begin with `#`, are passed over.
struct RosterFile {
    let authority: Authority
    let parameters: (Roster.User) -> CertificateParameters

    /// What is wrong with a list, told all at once.
    private struct Faults {
        private var lines: [(number: Int, text: String)] = []
        private(set) var count = 0
        private static let most = 20

        mutating func add(_ line: Int, _ message: String) {
            count += 1
            if lines.count < Self.most { lines.append((line, "\n  line \(line): \(message)")) }
        }

        func check(_ name: String) throws(MailCAError) {
            guard count > 0 else { return }
            let rest = count > lines.count ? "\n  and \(count - lines.count) more" : ""
            throw MailCAError(
                .invalidName,
                "\(name): \(count) \(count == 1 ? "line" : "lines") cannot be taken:\(lines.sorted { $0.number < $1.number }.map(\.text).joined())\(rest)",
                hint: "Nothing was made. Mend the list, then run the command again.")
        }
    }

    /// Reads the whole list, and checks all of it before anything is made.
    /// - Parameter path: `-` for standard input.
    func read(_ path: String) throws(MailCAError) -> Roster {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw MailCAError(
                .notFound, "could not read \(path): \(Errno(rawValue: errno))", hint: "Check the path and its mode.")
        }
        defer { if path != "-" { close(descriptor) } }
        let name = path == "-" ? "standard input" : path
        let roster = try Roster()
        var faults = Faults()
        var columns: [Column] = [.address, .name, .device]
        var isFirst = true
        var waiting: [(line: Int, user: Roster.User)] = []
        func flush() throws(MailCAError) {
            for (line, earlier) in try roster.add(waiting) {
                faults.add(line, "the same address and device as in line \(earlier)")
            }
            waiting.removeAll(keepingCapacity: true)
        }
        try CSVRecords(descriptor: descriptor, name: name).read { (line, record) throws(MailCAError) in
            let fields: [String]
            do { fields = try EnumeratedCSV(string: record, delimiter: .comma, loadColumns: false).header } catch {
                return faults.add(line, "the quotation marks are not as CSV has them (\(error))")
            }
            if isFirst {
                isFirst = false
                if let named = Column.heading(fields) {
                    columns = named
                    return
                }
            }
            do throws(MailCAError) {
                let user = try user(fields, columns)
                try authority.check([parameters(user)])
                waiting.append((line, user))
            } catch { faults.add(line, error.message) }
            if waiting.count == 1_000 { try flush() }
        }
        try flush()
        try faults.check(name)
        return roster
    }

    private func user(_ fields: [String], _ columns: [Column]) throws(MailCAError) -> Roster.User {
        guard fields.count <= columns.count else {
            throw MailCAError(
                .invalidName, "there are \(fields.count) fields, and a line has address, name and device")
        }
        func value(_ column: Column) -> String? {
            guard let index = columns.firstIndex(of: column), index < fields.count else { return nil }
            let text = fields[index].trimmed
            return text.isEmpty ? nil : text
        }
        guard let address = value(.address) else { throw MailCAError(.invalidName, "there is no address") }
        return Roster.User(address: try EmailAddress(address), fullName: value(.name), device: value(.device))
    }

    private enum Column: String, CaseIterable {
        case address, name, device

        /// The columns that a heading names; nil where the line is none.
        static func heading(_ fields: [String]) -> [Column]? {
            guard !fields.contains(where: { $0.contains("@") }) else { return nil }
            let columns = fields.compactMap { Column(rawValue: $0.trimmed.lowercased()) }
            return columns.count == fields.count && columns.contains(.address) ? columns : nil
        }
    }
}

extension String {
    /// Without spaces at its ends.
    fileprivate var trimmed: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = utf8.first, let last = utf8.last, isSpace(first) || isSpace(last) else { return self }
        let rest = utf8.drop(while: isSpace)
        guard let end = rest.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(self[rest.startIndex...end])
    }
}

/// Cuts a stream into the records of comma-separated values: at line breaks that are not inside quotation marks.
struct CSVRecords {
    let descriptor: Int32
    let name: String

    /// No record of users is longer.
    private static let longest = 64 << 10

    func read(_ take: (_ line: Int, _ record: String) throws(MailCAError) -> Void) throws(MailCAError) {
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
            try take(start, text)
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
