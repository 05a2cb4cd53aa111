import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SystemPackage

/// Which of the servers on this machine serve the certificate of a directory: those have to serve the next one, too.
struct ServedCertificate {
    private let file: FilePath
    private let servers: Set<MailServer>

    /// Looks at each, before anything is changed.
    /// - Parameter configured: those that are about to be configured to serve it.
    init(of directory: DeployedDirectory, configured: [MailServer] = []) {
        file = directory.path.appending(MailLayout.FileName.certificate)
        guard let present = Self.certificate(in: file) else {
            servers = Set(configured)
            return
        }
        servers = Set(
            directory.servers.filter { server in
                configured.contains(server)
                    || LiveProbe.local(server, serving: present).contains {
                        $0.look().session?.certificates.first == present
                    }
            })
    }

    /// - Throws: `MailCAError` with code `serviceUnavailable` where a server that did serve what was there does not serve
    ///   what is there now.
    func look(_ server: MailServer) throws(MailCAError) {
        guard servers.contains(server), let now = Self.certificate(in: file) else { return }
        do throws(MailCAError) { try LiveProbe.expect(now, of: LiveProbe.local(server, serving: now)) } catch {
            throw MailCAError(
                error.code, "\(server.title) does not serve the certificate any more: \(error.message)",
                hint: error.hint, cause: error)
        }
    }

    private static func certificate(in file: FilePath) -> Certificate? {
        guard let bytes = try? FileContent.read(file) else { return nil }
        return try? Certificate.all(pem: bytes).first
    }
}
