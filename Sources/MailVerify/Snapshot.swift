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
    /// What the CA knows of the directory, where it was laid out there.
    let deployment: Deployment?
    /// Who reads the directory: those who were named; else those that it is deployed for, and Sendmail where nobody said.
    let servers: [MailServer]

    let certificateFile: SnapshotFile?
    let keyFile: SnapshotFile?
    let authoritiesFile: SnapshotFile?
    let listsFile: SnapshotFile?
    /// Both of these in one.
    let authoritiesAndListsFile: SnapshotFile?

    /// The certificates of cert.pem in the order of the file.
    let certificates: [Certificate]
    /// The server's own certificate, which is the one of the key wherever it stands, and then the others.
    let chain: [Certificate]
    /// The certificates of cacert.pem, or where there is none those of ca-crl.pem.
    let authorities: [Certificate]
    let lists: [RevocationList]
    let key: PrivateKey?

    /// - Parameter servers: who reads the directory; nil for those that the CA knows of.
    init(
        _ directory: FilePath, now: Date, asRoot: Bool, authority: Authority?, servers named: [MailServer]? = nil
    ) throws(MailCAError) {
        self.directory = directory
        self.now = now
        self.asRoot = asRoot
        self.authority = authority
        let path = FileContent.absolute(directory).string
        deployment = try authority?.ledger.deployments().first { $0.directory == path }
        let deployed = deployment.map { DeployedDirectory($0).servers } ?? []
        servers = named ?? (deployed.isEmpty ? [.sendmail] : deployed)
        names = try FileContent.names(in: directory)
        certificateFile = SnapshotFile(directory.appending(Name.certificate))
        keyFile = SnapshotFile(directory.appending(Name.privateKey))
        authoritiesFile = SnapshotFile(directory.appending(Name.authorities))
        listsFile = SnapshotFile(directory.appending(Name.revocationLists))
        authoritiesAndListsFile = SnapshotFile(directory.appending(Name.authoritiesAndLists))
        let found = certificateFile?.bytes.flatMap { try? Certificate.all(pem: $0) } ?? []
        certificates = found
        authorities =
            (authoritiesFile ?? authoritiesAndListsFile)?.bytes.flatMap { try? Certificate.all(pem: $0) } ?? []
        lists = listsFile?.bytes.flatMap { try? RevocationList.all(pem: $0) } ?? []
        let pair = keyFile?.bytes.flatMap { try? PrivateKey(pem: $0) }
        key = pair
        let own = found.firstIndex { certificate in
            (try? certificate.publicKey()).map { pair?.matches($0) == true } == true
        }
        chain = own.map { [found[$0]] + found[..<$0] + found[($0 + 1)...] } ?? found
    }

    /// Whether there is one certificate that signs itself, and no CA.
    var isSelfSigned: Bool {
        authoritiesFile == nil && authoritiesAndListsFile == nil && chain.first?.isSelfSigned == true
    }

    /// The kind of Postfix's maps: as they were deployed, or what lies there.
    var postfixMapType: PostfixMapType {
        if let deployment { return DeployedDirectory(deployment).mapType }
        return PostfixMapType.allCases.first { names.contains(Name.postfixRevoked + $0.suffix) } ?? .hash
    }

    /// Whether the key is encrypted as PKCS #8 has it, and not in PEM's older way.
    var keyIsEncryptedPKCS8: Bool {
        let blocks = keyFile?.bytes.flatMap { try? PEMBlock.blocks(in: $0) } ?? []
        return blocks.contains { $0.label == "ENCRYPTED PRIVATE KEY" }
    }

    /// The command that makes the server's certificate anew.
    var renewal: String {
        let names = (try? chain.first?.fields().extensions.subjectAlternativeNames) ?? []
        let hosts = names.compactMap { name in
            if case .dnsName(let host) = name { host } else { nil }
        }
        let command = isSelfSigned || (authoritiesFile == nil && authority == nil) ? "self-signed" : "issue-server"
        let isThere = certificateFile != nil || keyFile != nil
        return "mailca \(command) \(hosts.isEmpty ? "HOST" : hosts.joined(separator: " "))\(isThere ? " --force" : "")"
    }

    /// The command that lays out all files of the CA.
    static let layout = "mailca crl"

    /// The CA certificate that signs servers and users: the one that issued no other of them.
    var signingAuthority: Certificate? {
        authorities.first { candidate in !authorities.contains { $0 != candidate && $0.isSigned(by: candidate) } }
    }

    func path(_ name: String) -> String { directory.appending(name).string }
}
