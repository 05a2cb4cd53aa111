import ArgumentParser
import CProcess
import Glibc
import MailCA

/// The program: it finds the command, runs it, and turns what goes wrong into a message and an exit status.
@main
struct MailCACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailca",
        abstract: "A private certificate authority for mail servers.",
        discussion: """
            Two ways to begin:
              mailca self-signed mail.example.org    a certificate of its own
              mailca init-ca --domain example.org    a CA for server and users

            Then, with a CA:
              mailca issue-server mail.example.org
              mailca issue-client taro@example.org
              mailca verify

            \(ExitStatus.help)
            """,
        version: "mailca 0.1.0",
        subcommands: [
            SelfSignedCommand.self, InitCACommand.self, IssueServerCommand.self, IssueClientCommand.self,
            SignCommand.self, RenewCommand.self, RekeyCommand.self, RevokeCommand.self, CRLCommand.self,
            DeployCommand.self, UndeployCommand.self, TLSACommand.self,
            MaintainCommand.self, ListCommand.self, ShowCommand.self, AuditCommand.self, StatusCommand.self,
            BackupCommand.self, RestoreCommand.self, VerifyCommand.self,
        ])

    static func main() {
        // Before any key is in memory.
        guard process_forbid_core_dumps() == 0 else {
            Messages.error(MailCAError(.internalFault, "core dumps cannot be turned off for this process"))
            exit(withError: ExitCode(70))
        }
        Messages.start()
        do {
            var command = try parsed()
            try command.run()
            // Everything is written and on the disk: to tear down the libraries only takes time.
            _exit(0)
        } catch let error as MailCAError {
            fail(error, ExitStatus.of(error.code))
        } catch  where exitCode(for: error) == .validationFailure {
            // The parser's own errors in our form.
            fail(
                MailCAError(
                    .invalidParameters, message(for: error), hint: "See mailca --help, or mailca help COMMAND."),
                exitCode(for: error).rawValue)
        } catch {
            exit(withError: error)
        }
    }

    /// The command that the arguments ask for. The subcommand is asked directly, which takes half the time; whatever it
    /// does not understand, help included, goes through the program as a whole.
    private static func parsed() throws -> any ParsableCommand {
        let arguments = CommandLine.arguments.dropFirst()
        if let command = SelfSignedCommand(plain: arguments) { return command }
        if let name = arguments.first,
            let subcommand = configuration.subcommands.first(where: { $0.configuration.commandName == name }),
            let command = try? subcommand.parse(Array(arguments.dropFirst()))
        {
            return command
        }
        return try parseAsRoot()
    }

    private static func fail(_ error: MailCAError, _ status: Int32) -> Never {
        Messages.error(error)
        // The options may not have been read.
        if CommandLine.arguments.contains("--json") { Output.write(json: ErrorResult(error)) }
        exit(withError: ExitCode(status))
    }
}
