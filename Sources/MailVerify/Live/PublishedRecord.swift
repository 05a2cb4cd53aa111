public import MailCA
public import OpenSSLKit

/// A TLSA record as a zone file has it, `_25._tcp.mail.example.org. IN TLSA 3 1 1 …`, or what it says alone, `3 1 1 …`.
public struct PublishedRecord: Sendable, Hashable {
    /// The name that it belongs to, lower case, without a full stop at its end; nil where it is not said.
    public let owner: String?
    public let data: TLSAData

    /// All in a text: lines of a zone file, of which others are passed over, or of the data alone.
    /// - Parameter source: for the message: a file's name.
    /// - Throws: `MailCAError` with code `invalidParameters` where one is malformed, or there is none.
    public static func all(in text: String, _ source: String) throws(MailCAError) -> [PublishedRecord] {
        var records: [PublishedRecord] = []
        for line in lines(of: text) {
            if let record = try record(line.words, source, line.number) { records.append(record) }
        }
        guard !records.isEmpty else {
            throw MailCAError(
                .invalidParameters, "there is no TLSA record in \(source)", hint: "Give what mailca tlsa HOST prints.")
        }
        return records
    }

    /// Whether it is one of a service's.
    public func belongs(to service: MailService) -> Bool {
        guard let owner, let wanted = service.tlsaOwner else { return true }
        // A name without its zone, as a zone file may have it.
        return wanted == owner || wanted.hasPrefix("\(owner).")
    }

    private static func record(_ words: [String], _ source: String, _ number: Int) throws(MailCAError)
        -> PublishedRecord?
    {
        guard let first = words.first else { return nil }
        let mark = words.firstIndex { $0.uppercased() == "TLSA" }
        let isData = first.utf8.count <= 3 && first.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard mark != nil || isData else { return nil }
        let rest = words[(mark.map { $0 + 1 } ?? 0)...].joined(separator: " ")
        guard let data = TLSAData(rest) else {
            throw MailCAError(
                .invalidParameters,
                "line \(number) of \(source) is no TLSA record: \(words.joined(separator: " ").shown)",
                hint: "Write it as 3 1 1 and hexadecimal digits, as mailca tlsa HOST prints it.")
        }
        // Before the type come a name, which may be left out, and a time and a class.
        let owner = mark.flatMap { mark in
            words[..<mark].first { word in
                word.uppercased() != "IN" && !word.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
        }
        return PublishedRecord(
            owner: owner.map { ($0.hasSuffix(".") ? String($0.dropLast()) : $0).lowercased() }, data: data)
    }

    /// The words of each line. One that goes on within brackets is one; what follows a semicolon is nobody's.
    private static func lines(of text: String) -> [(number: Int, words: [String])] {
        var lines: [(number: Int, words: [String])] = []
        var isOpen = false
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var content = String(line.prefix { $0 != ";" })
            let wasOpen = isOpen
            isOpen = (isOpen || content.contains("(")) && !content.contains(")")
            content.removeAll { "()".contains($0) }
            let words = content.split(whereSeparator: \.isWhitespace).map(String.init)
            if wasOpen, let last = lines.indices.last {
                lines[last].words += words
            } else {
                lines.append((index + 1, words))
            }
        }
        return lines
    }
}

extension MailService {
    /// Where its DANE records are (RFC 6698 §3), without a full stop at the end; nil for an address, which has none.
    public var tlsaOwner: String? {
        guard case .host(let host) = name else { return nil }
        return "_\(port)._tcp.\(host.ascii)"
    }
}
