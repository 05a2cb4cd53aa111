/// Postfix's configuration files as Postfix reads them.
struct PostfixText {
    /// Lines without comments, each with those that continue it.
    let lines: [String]

    init(_ text: String) {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            guard let first = line.first(where: { !$0.isWhitespace }), first != "#" else { continue }
            if line.first?.isWhitespace == true, !lines.isEmpty {
                lines[lines.count - 1] += " \(Self.trimmed(line))"
            } else {
                lines.append(Self.trimmed(line))
            }
        }
        self.lines = lines
    }

    /// The parameters of a `main.cf`; of one that is set twice the last counts.
    var settings: [String: String] { Dictionary(ordered.map { ($0.name, $0.value) }) { $1 } }

    /// The parameters in their order.
    var ordered: [(name: String, value: String)] {
        lines.compactMap { line in
            guard let equals = line.firstIndex(of: "=") else { return nil }
            return (Self.trimmed(line[..<equals]), Self.trimmed(line[line.index(after: equals)...]))
        }
    }

    /// The services of a `master.cf`, each by its name and type: `submission/inet`.
    var services: [(name: String, line: String)] {
        lines.compactMap { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            return fields.count < 8 ? nil : ("\(fields[0])/\(fields[1])", fields.joined(separator: " "))
        }
    }

    /// Lists may have commas or spaces, one or many.
    static func normal(_ value: String) -> String {
        value.split { $0.isWhitespace || $0 == "," }.joined(separator: " ")
    }

    /// The port of an `inet` service, whatever it is called, and on whichever address.
    static func port(_ service: String) -> String? {
        guard service.hasSuffix("/inet") else { return nil }
        let name = service.dropLast("/inet".count).split(separator: ":").last.map(String.init) ?? ""
        return ["smtp": "25", "submission": "587", "submissions": "465", "smtps": "465"][name] ?? name
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}
