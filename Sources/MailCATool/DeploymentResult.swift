import MailLayouts

/// What came of a deployment, and the lines for the servers' configuration.
struct DeploymentResult: CommandResult {
    /// What goes into the configuration of one server.
    struct Lines: Encodable {
        struct Fragment: Encodable {
            let file: String
            let text: String
        }

        let server: String
        let fragments: [Fragment]
        let requirements: String
        private let title: String

        private enum CodingKeys: CodingKey { case server, fragments, requirements }

        init(_ server: MailServer, _ request: ConfigurationRequest, _ places: ConfigurationPlaces) {
            self.server = server.rawValue
            title = server.title
            fragments = server.fragments(request).map { $0.placed(places) }.map {
                Fragment(file: $0.file, text: $0.text)
            }
            requirements = server.requirements
        }

        var text: String {
            fragments.map { "For \(title), in \($0.file):\n\n\($0.text)\n" }.joined() + "\(requirements)\n"
        }
    }

    let files: [FileResult]
    /// The servers that were told.
    let reloaded: [String]
    /// What was changed in the servers' configuration.
    let changes: [ConfigurationResult]
    let configuration: [Lines]
    /// What one should know beside it.
    let warnings: [String]
    let dryRun: Bool
    private let isPrinted: Bool
    private let next: String?

    private enum CodingKeys: CodingKey { case files, reloaded, changes, configuration, warnings, dryRun }

    init(
        files: [FileResult], reloaded: [MailServer], changes: [ConfigurationSwitch] = [], dryRun: Bool,
        advice: DeploymentAdvice?
    ) {
        self.files = files
        self.reloaded = reloaded.map(\.rawValue)
        self.changes = changes.flatMap { ConfigurationResult.all($0) }
        self.dryRun = dryRun
        configuration = advice?.lines ?? []
        warnings = advice?.warnings ?? []
        next =
            changes.isEmpty ? advice?.next : ConfigurationResult.next(changes.map(\.server), isTold: !reloaded.isEmpty)
        isPrinted = false
    }

    /// The lines alone.
    init(lines: [Lines]) {
        files = []
        reloaded = []
        changes = []
        dryRun = false
        configuration = lines
        warnings = []
        next = nil
        isPrinted = true
    }

    var text: String {
        if isPrinted {
            return configuration.flatMap(\.fragments).map { "# \($0.file)\n\($0.text)" }.joined(separator: "\n")
        }
        var text = FileResult.text(files, dryRun ? "Would write:" : "Wrote:")
        if files.isEmpty && changes.isEmpty {
            text += dryRun ? "Nothing would be written.\n" : "Everything is up to date.\n"
        }
        text += ConfigurationResult.text(changes, dryRun: dryRun)
        for server in reloaded { text += "Reloaded \(MailServer(rawValue: server)?.title ?? server)\n" }
        for lines in configuration { text += "\n\(lines.text)" }
        for warning in warnings { text += "\nNote: \(warning)\n" }
        if let next { text += "\n\(next)\n" }
        return text
    }
}
