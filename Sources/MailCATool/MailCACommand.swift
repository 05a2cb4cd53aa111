import ArgumentParser
import CProcess
import MailCA

/// The program: it finds the command, runs it, and turns what goes wrong into a message and an exit status.
@main
struct MailCACommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailca",
        abstract: "A private certificate authority for mail servers.",
        discussion: """
            Two ways to begin:
              mailca self-signed mail.example.org     a certificate of the server's own, in a minute
              mailca init-ca --domain example.org     a CA that signs the server and every user

            Then, with a CA:
              mailca issue-server mail.example.org
              mailca issue-client taro@example.org
              mailca verify

            \(ExitStatus.help)
            """,
        version: "mailca 0.1.0",
        subcommands: [
            SelfSignedCommand.self, InitCACommand.self, IssueServerCommand.self, IssueClientCommand.self, VerifyCommand.self,
        ])

    static func main() {
        // Before any key is in memory.
        guard process_forbid_core_dumps() == 0 else {
            Messages.error(MailCAError(.internalFault, "core dumps cannot be turned off for this process"))
            exit(withError: ExitCode(70))
        }
        Messages.start()
        var json = false
        do {
            var command = try parseAsRoot()
            json = (command as? any CommonCommand)?.common.json ?? false
            try command.run()
        } catch let error as MailCAError {
            Messages.error(error)
            if json { Output.write(json: ErrorResult(error)) }
            exit(withError: ExitCode(ExitStatus.of(error.code)))
        } catch {
            exit(withError: error)
        }
    }
}

/// A command with the options that all of them have.
protocol CommonCommand {
    var common: CommonOptions { get }
}
