import ArgumentParser
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// What `mailca verify` is told of files.
struct FileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Read the password of .p12 files from the first line of a file. Default: asked at the terminal.",
            valueName: "file"))
    var passwordFile: String?

    /// The password of a PKCS #12 file; nil where nobody tells it, and the outside has to do.
    /// - Throws: `MailCAError` where it was to be read and cannot be.
    func password(of file: FilePath, _ common: CommonOptions) throws(MailCAError) -> SecretBytes? {
        if let passwordFile { return try PassphraseOptions.read(passwordFile) }
        guard !common.json && !common.quiet, let terminal = Terminal() else { return nil }
        let given = try terminal.secret("Password of \(file.string.shown) (none: look at the outside alone): ")
        return given.isEmpty ? nil : given
    }
}
