import ArgumentParser
import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage

/// `mailca backup`
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the CA, its ledger, certificates and keys, into one file.",
        discussion: """
            Examples:
              mailca backup /media/usb/mailca-2026-11-23.backup
              mailca backup /srv/backup/mailca.backup --force

            Others may issue meanwhile. The copy is verified before it gets its name.
            Keys in it are encrypted as they are in the CA's own directory: keep the
            passphrase elsewhere.

            \(ExitStatus.help)
            """)

    @Argument(help: "The file to make, in a directory that is there.")
    var file: String

    @Flag(help: "Replace an existing file.")
    var force = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let path = FileContent.absolute(FilePath(file))
        let workplace = try Workplace(common)
        let target = try BackupTarget(path, home: workplace.home, replacing: force)
        let files = try workplace.home.authorityFiles()
        try warn(files, workplace)
        if common.dryRun { return Output.show(BackupResult(planned: path, files, common), common) }
        let backup = try target.write(workplace, files)
        Output.show(try BackupResult(backup, at: path, common), common)
    }

    /// What the one who keeps the file should know of the keys in it.
    private func warn(_ files: [AuthorityFile], _ workplace: Workplace) throws(MailCAError) {
        let certificates = workplace.authority.certificates
        for name in try Home.check(files, of: certificates, in: workplace.home.authorities) {
            Messages.warning(
                "the CA's key \(name) is not encrypted, and in the backup it is not either: who gets the file can sign as the CA"
            )
        }
        let signer: Profile = certificates.count > 1 ? .issuing : .root
        if !files.contains(where: { $0.name == "\(signer.rawValue).key" }) {
            Messages.warning("the CA's key \(workplace.home.key(signer)) is not there, and so not in the backup")
        }
    }
}
