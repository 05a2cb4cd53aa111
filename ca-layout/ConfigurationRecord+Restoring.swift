import MailCA
import OpenSSLKit
import SystemPackage

extension ConfigurationRecord {
    var paths: [FilePath] { files.map { FilePath($0.path) } }

    /// The files as they were before anything of ours came into them: byte for byte where nobody changed them since, and
    /// the copy of the old one is there; else without the settings that still are ours.
    /// - Throws: `MailCAError` with code `alreadyExists` where a file of our own was changed by somebody.
    func restored(
        _ current: ConfigurationFiles, _ configurator: any Configurator
    ) throws(MailCAError) -> ConfigurationFiles {
        var files = current
        var left: [Setting] = []
        for file in self.files {
            let path = FilePath(file.path)
            let digest = current.digest(path)
            // Never changed, or changed back; or somebody took it away, and that is that.
            if digest == file.original || digest == nil { continue }
            guard let original = file.original else {
                guard file.ours.contains(digest) else { throw changed(path) }
                files[path] = nil
                continue
            }
            if file.ours.contains(digest), let copy = file.copy, let content = try? FileContent.read(FilePath(copy)),
                Digest.sha256(content).hexadecimal() == original
            {
                files[path] = content
            } else {
                left += settings.filter { $0.file == file.path }
            }
        }
        return left.isEmpty ? files : try configurator.takingBack(left, in: files)
    }

    private func changed(_ path: FilePath) -> MailCAError {
        MailCAError(
            .alreadyExists, "\(path) is mailca's own, and somebody changed it since",
            hint: "Nothing was changed. Move what is yours into a file of your own, remove this one, and try again.")
    }
}
