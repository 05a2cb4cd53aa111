import FoundationEssentials
import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// A file that a check asks about: what the system says of it, and its bytes or why there are none.
struct SnapshotFile: Sendable {
    let path: FilePath
    let mode: FileStatus
    let content: Result<[UInt8], MailCAError>

    init?(_ path: FilePath) {
        guard let mode = FileStatus(path, following: true) else { return nil }
        self.path = path
        self.mode = mode
        do throws(MailCAError) { content = .success(try FileContent.read(path)) } catch { content = .failure(error) }
    }

    var bytes: [UInt8]? { try? content.get() }
}

/// A directory of certificates as it was at one moment, read once for all checks.
struct Snapshot: Sendable {
    typealias Name = MailLayout.FileName

    let directory: FilePath
    let names: [String]
    let now: Date
    /// Whether the one who asks is root: then so has to be the owner of what Sendmail reads.
    let asRoot: Bool
    /// The CA of this machine, where there is one.
    let authority: Authority?

    let certificateFile: SnapshotFile?
    let keyFile: SnapshotFile?
    let authoritiesFile: SnapshotFile?
    let listsFile: SnapshotFile?

    /// The server's certificate and what follows it.
    let chain: [Certificate]
    let authorities: [Certificate]
    let lists: [RevocationList]
    let key: PrivateKey?

    init(_ directory: FilePath, now: Date, asRoot: Bool, authority: Authority?) throws(MailCAError) {
        self.directory = directory
        self.now = now
        self.asRoot = asRoot
        self.authority = authority
        names = try FileContent.names(in: directory)
        certificateFile = SnapshotFile(directory.appending(Name.certificate))
        keyFile = SnapshotFile(directory.appending(Name.privateKey))
        authoritiesFile = SnapshotFile(directory.appending(Name.authorities))
        listsFile = SnapshotFile(directory.appending(Name.revocationLists))
        chain = certificateFile?.bytes.flatMap { try? Certificate.all(pem: $0) } ?? []
        authorities = authoritiesFile?.bytes.flatMap { try? Certificate.all(pem: $0) } ?? []
        lists = listsFile?.bytes.flatMap { try? RevocationList.all(pem: $0) } ?? []
        key = keyFile?.bytes.flatMap { try? PrivateKey(pem: $0) }
    }

    /// Whether there is one certificate that signs itself, and no CA.
    var isSelfSigned: Bool { authoritiesFile == nil && chain.first?.isSelfSigned == true }

    /// The CA certificate that signs servers and users: the one that issued no other of them.
    var signingAuthority: Certificate? {
        authorities.first { candidate in !authorities.contains { $0 != candidate && $0.isSigned(by: candidate) } }
    }

    func path(_ name: String) -> String { directory.appending(name).string }
}
