public import MailCA

/// Findings by their ids: one kind, or a whole group of them.
public struct FindingPattern: Sendable, Hashable, CustomStringConvertible {
    public let description: String
    private let isGroup: Bool
    private let stem: String

    /// - Parameter text: an id, or the beginning of ids up to a dot: `sendmail.`, `sendmail.*`.
    /// - Throws: `MailCAError` with code `invalidParameters` where no id is like that; its hint names the nearest.
    public init(_ text: String) throws(MailCAError) {
        let group = text.hasSuffix("*") ? String(text.dropLast()) : text
        stem = group
        isGroup = text.hasSuffix("*") || text.hasSuffix(".")
        description = isGroup && !text.hasSuffix("*") ? "\(text)*" : text
        guard !text.isEmpty, FindingCatalogue.kinds.contains(where: { matches($0.id) }) else {
            let nearest = FindingCatalogue.nearest(to: group)
            throw MailCAError(
                .invalidParameters, "there is no finding \(text)",
                hint: "\(nearest.isEmpty ? "" : "Near it: \(nearest.joined(separator: ", ")). ")"
                    + "All of them: mailca verify --list-findings.")
        }
    }

    public func matches(_ id: String) -> Bool { isGroup ? id.hasPrefix(stem) : id == stem }
}

extension FindingCatalogue {
    /// The ids that somebody may have meant, the likeliest first.
    static func nearest(to text: String, count: Int = 3) -> [String] {
        let words = text.lowercased().split(separator: ".")
        let wanted = words.joined(separator: ".")
        guard !wanted.isEmpty else { return [] }
        let scored: [(id: String, score: Int)] = kinds.map { kind in
            // A group is the beginning of an id.
            let group = kind.id.split(separator: ".").prefix(words.count).joined(separator: ".")
            let nearness = min(
                distance(Array(kind.id.utf8), Array(wanted.utf8)), distance(Array(group.utf8), Array(wanted.utf8)))
            return (id: kind.id, score: kind.id.contains(wanted) ? 0 : nearness)
        }
        return scored.filter { $0.score <= max(3, wanted.utf8.count / 3) }
            .sorted { ($0.score, $0.id) < ($1.score, $1.id) }.prefix(count).map(\.id)
    }

    /// How many letters have to be put in, taken away or changed (Levenshtein).
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (line, letter) in one.enumerated() {
            var corner = row[0]
            row[0] = line + 1
            for (column, mate) in other.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, corner + (letter == mate ? 0 : 1))
                corner = above
            }
        }
        return row[other.count]
    }
}
