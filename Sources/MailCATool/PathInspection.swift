import FoundationEssentials
import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import Synchronization
import SystemPackage

/// Validates certificates in files for `mailca verify`, with what the options say, or by the CA of this machine.
struct PathInspection {
    private let files: CertificateFiles
    private let showsProgress: Bool

    /// - Throws: `MailCAError` where a file cannot be read, or where there is no CA at all.
    init(_ options: PathOptions, _ common: CommonOptions, _ authority: Authority?) throws(MailCAError) {
        let time = options.at?.date ?? Date()
        let peer = try options.peer()
        let anchors: [Certificate]
        if !options.ca.isEmpty {
            anchors = try CertificateFile.read(options.ca)
        } else if let authority {
            anchors = authority.certificates
        } else {
            let path = common.certsDirectory.appending(MailLayout.FileName.authorities)
            guard try FileContent.exists(path) else {
                throw MailCAError(
                    .notFound, "there is no CA here that the certificate could lead to",
                    hint: "Name its certificate with --ca FILE.")
            }
            anchors = try CertificateFile.read(path)
        }
        let chain = try CertificateFile.read(options.chain)
        let lists = try options.crl.isEmpty ? nil : CertificateFile.revocationLists(options.crl)
        let validation = try PathValidation(
            roots: anchors, chain: chain, revocationLists: lists, purpose: options.use, peer: peer,
            time: time,
            maximumIntermediates: options.depth)
        files = CertificateFiles(validation, authority: options.ca.isEmpty ? authority : nil)
        showsProgress = !common.quiet
    }

    /// Validates the certificates in files, and in all files of directories.
    /// - Throws: `MailCAError` where one is not there; and where there is one file alone, also where it has none.
    func look(at targets: [FilePath]) throws(MailCAError) -> Report {
        var paths: [FilePath] = []
        for target in targets {
            guard FileStatus(target, following: true)?.isDirectory == true else {
                guard try FileContent.exists(target) else { return try files.verify(file: target) }
                paths.append(target)
                continue
            }
            let found = try CertificateFiles.paths(in: target)
            guard !found.isEmpty else {
                throw MailCAError(
                    .notFound, "there is no file of a certificate in \(target)",
                    hint: "Such files end in .pem, .crt, .cer or .der.")
            }
            paths += found
        }
        if paths.count == 1 && paths == targets { return try files.verify(file: paths[0]) }
        let progress = Progress(total: paths.count, isShown: showsProgress && paths.count > 500)
        let done = Mutex(0)
        defer { progress.end() }
        let outcome = try files.verify(files: paths) { count in
            done.withLock {
                $0 += count
                progress.show($0)
            }
        }
        var report = Report(subjects: targets.map(\.string), findings: outcome.findings)
        report.certificates = outcome.count
        return report
    }

    /// Whether a directory is no mail server's, and has files of certificates.
    static func isCollection(_ directory: FilePath, _ authority: Authority?) throws(MailCAError) -> Bool {
        typealias Name = MailLayout.FileName
        for name in [Name.certificate, Name.privateKey, Name.authorities, Name.revocationLists] {
            if try FileContent.exists(directory.appending(name)) { return false }
        }
        let path = FileContent.absolute(directory).string
        if try authority?.ledger.deployments().contains(where: { $0.directory == path }) == true { return false }
        return try !CertificateFiles.paths(in: directory).isEmpty
    }
}
