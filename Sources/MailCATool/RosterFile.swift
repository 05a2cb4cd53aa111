import Glibc
import MailCA
import SQLiteLedger
import SystemPackage

/// A list of users in a file: comma-separated values (RFC 4180) with address, name and device, the last two of which
/// may be missing.
///
/// A first line without an address is a heading, which may name the columns in another order. Empty lines, and those
/// that begin with `#`, are passed over.
struct RosterFile: Sendable {
    let authority: Authority
    let parameters: @Sendable (Roster.User) -> CertificateParameters

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
        var columns: [Column]?
        var records: [CSVRecord] = []
        func flush() throws(MailCAError) {
            let (known, all) = (columns ?? Column.allCases, records)
            let read = try concurrently(all.count) { (range) throws(MailCAError) in
                range.map { index in (all[index].line, Result { () throws(MailCAError) in try user(all[index], known) })
                }
            }
            var users: [(line: Int, user: Roster.User)] = []
            for (line, result) in read {
                switch result {
                case .success(let user): users.append((line, user))
                case .failure(let error): faults.add(line, error.message)
                }
            }
            for (line, earlier) in try roster.add(users) {
                faults.add(line, "the same address and device as in line \(earlier)")
            }
            records.removeAll(keepingCapacity: true)
        }
        let stream = CSVRecords(descriptor: descriptor, name: name)
        try stream.read { (record) throws(MailCAError) in
            if columns == nil {
                columns = Column.allCases
                do throws(MailCAError) {
                    if let heading = try Column.heading((try? record.fields) ?? []) {
                        columns = heading
                        return
                    }
                } catch { return faults.add(record.line, error.message) }
            }
            records.append(record)
            if records.count == 1_000 { try flush() }
        } fault: { line, message in
            faults.add(line, message)
        }
        try flush()
        try faults.check(name)
        if roster.count == 0 { Messages.warning("\(name) has no users in it") }
        return roster
    }

    /// Called on several threads.
    private func user(_ record: CSVRecord, _ columns: [Column]) throws(MailCAError) -> Roster.User {
        let user = try user(record.fields, columns)
        try authority.check([parameters(user)])
        return user
    }

    private func user(_ fields: [String], _ columns: [Column]) throws(MailCAError) -> Roster.User {
        if fields.count == 1, fields[0].contains("@"), fields[0].trimmed.contains(where: { $0 == ";" || $0 == "\t" }) {
            throw MailCAError(.invalidName, "its fields are not separated by commas")
        }
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
        /// - Throws: ``MailCAError`` with code `invalidName` where it names others.
        static func heading(_ fields: [String]) throws(MailCAError) -> [Column]? {
            guard !fields.contains(where: { $0.contains("@") }) else { return nil }
            let names = fields.map { $0.trimmed.lowercased() }
            let columns = names.compactMap(Column.init)
            if columns.isEmpty { return nil }
            guard columns.count == fields.count, columns.contains(.address) else {
                let strange = names.first { Column(rawValue: $0) == nil }
                throw MailCAError(
                    .invalidName,
                    strange.map { "the heading has a column \($0), and not only address, name and device" }
                        ?? "the heading has no column address")
            }
            return columns
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
