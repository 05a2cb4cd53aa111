import ArgumentParser
import FoundationEssentials
import MailCA
import MailVerify

/// `mailca status`
struct StatusCommand: ParsableCommand {
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, json, nagios, prometheus
    }

    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the CA stands, and whether somebody has to do something.",
        discussion: """
            Examples:
              mailca status
              mailca status --format nagios
              mailca status --format prometheus

            It looks at the CA, its revocation lists, what ends within 30 days, and
            whether the files of every deployment are as they were laid out. The exit
            status is that of a monitoring plugin: 0 fine, 1 warning, 2 critical; with
            --format nagios 3 where the CA cannot be looked at.

            \(ExitStatus.help)
            """)

    @Option(help: "text; json, as --json; a line for Nagios; metrics for Prometheus.")
    var format: Format?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if common.json, let format, format != .json {
            throw ValidationError("--json and --format \(format.rawValue) exclude each other")
        }
    }

    func run() throws {
        let format = format ?? (common.json ? .json : .text)
        let status: Status
        do {
            status = try Status(of: Workplace(common).authority)
        } catch {
            if format == .json && !common.json { Output.write(json: ErrorResult(error)) }
            guard format == .nagios else { throw error }
            Output.write(NagiosLine.unknown(error))
            throw ExitCode(3)
        }
        switch format {
        case .text: Output.show(StatusResult(status, common), common)
        case .json: Output.write(json: StatusResult(status, common))
        case .nagios: Output.write(NagiosLine(status).text)
        case .prometheus: Output.write(PrometheusMetrics(status).text)
        }
        if status.level != .ok { throw ExitCode(Int32(status.level.rawValue)) }
    }
}

extension Status.Level {
    /// `ok`, `warning`, `critical`
    var name: String { "\(self)" }
}
