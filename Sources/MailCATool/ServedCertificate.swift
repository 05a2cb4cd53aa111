import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SystemPackage

/// Which of the servers on this machine serve the certificate of a directory: those have to serve the next one, too.
struct ServedCertificate {
    private let file: FilePath
    /// Where each was seen to serve it.
    private let probes: [MailServer: [LiveProbe]]
    /// Those that are to serve it wherever they listen.
    private let configured: [MailServer]

    /// Looks at each, before anything is changed.
    /// - Parameter configured: those that are about to be configured to serve it.
    init(of directory: DeployedDirectory, configured: [MailServer] = []) {
        self.configured = configured
        file = directory.path.appending(MailLayout.FileName.certificate)
        guard let present = Self.certificate(in: file) else {
            probes = [:]
            return
        }
        var probes: [MailServer: [LiveProbe]] = [:]
        for server in directory.servers where !configured.contains(server) {
            probes[server] = LiveProbe.local(server, serving: present)
                .filter { $0.look().session?.certificates.first == present }
        }
        self.probes = probes
    }

    /// - Throws: `MailCAError` with code `serviceUnavailable` where a server that did serve what was there does not serve
    ///   what is there now.
    func look(_ server: MailServer) throws(MailCAError) {
        guard let now = Self.certificate(in: file) else { return }
        do throws(MailCAError) {
            if configured.contains(server) {
                try LiveProbe.expect(now, of: LiveProbe.local(server, serving: now))
            } else {
                for probe in probes[server] ?? [] { try probe.expect(now) }
            }
        } catch {
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
