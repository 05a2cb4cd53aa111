extension FindingCatalogue {
    /// docs/findings.md.
    public static var page: String {
        """
        # Findings

        What `mailca verify` can find, made from the program itself (`mailca verify --list-findings`). An id never changes
        its meaning: name it to `--only` and `--ignore`, or in a script.

        An **error** fails now, or lets somebody in who should not be. A **warning** will fail one day, or weakens something. A
        **note** is worth knowing.

        \(contents)

        \(areas.filter { !$0.kinds.isEmpty }.map(section).joined(separator: "\n\n"))

        """
    }

    private static var contents: String {
        areas.filter { !$0.kinds.isEmpty }.map { area in
            let anchor = area.title.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }
            return "- [\(area.title)](#\(anchor.split(separator: " ").joined(separator: "-")))"
        }.joined(separator: "\n")
    }

    private static func section(_ area: FindingArea) -> String {
        "## \(area.title)\n\n\(area.summary)\n\n"
            + area.kinds.sorted { $0.id < $1.id }.map { kind in
                """
                ### \(kind.id)

                \(kind.severities.sorted(by: >).map(\.rawValue).joined(separator: " or ").capitalizedFirst). \(kind.meaning)
                *Mend:* \(kind.mending)
                """
            }.joined(separator: "\n\n")
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
