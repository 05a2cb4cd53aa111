import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// A file that gets revocation lists besides those of the mail servers.
struct CRLTarget {
    private let path: FilePath
    private let name: String

    var result: FileResult { FileResult(path: path, mode: "0644") }

    /// - Throws: ``MailCAError`` with the codes `invalidParameters`, `notFound`, and `alreadyExists` where something else
    ///   than revocation lists is there.
    init(_ path: FilePath) throws(MailCAError) {
        guard let name = path.lastComponent?.string, FileStatus(path, following: true)?.isDirectory != true else {
            throw MailCAError(
                .invalidParameters, "\(path) is a directory, where a file should be",
                hint: "No list was made. Name a file in it, such as \(path.appending("crl.pem")).")
        }
        let directory = path.removingLastComponent()
        guard FileStatus(directory, following: true)?.isDirectory == true else {
            throw MailCAError(
                .notFound, "there is no directory \(directory) for the lists", hint: "No list was made. Make it first.")
        }
        guard Self.isReplaceable(path) else {
            throw MailCAError(
                .alreadyExists, "\(path) is there already, and is no plain file with revocation lists alone",
                hint: "It was not touched, and no list was made. Name another file.")
        }
        self.path = path
        self.name = name
    }

    private static func isReplaceable(_ path: FilePath) -> Bool {
        guard let status = FileStatus(path) else { return true }
        guard status.isRegular, let bytes = try? FileContent.read(path) else { return false }
        if bytes.isEmpty { return true }
        if PEMBlock.isDER(bytes) { return (try? RevocationList(der: bytes)) != nil }
        return (try? PEMBlock.blocks(in: bytes))?.isListsAlone == true
    }

    func write(_ lists: [SignedRevocationList]) throws(MailCAError) {
        try LayoutPlan(items: [.init(name, .sequence(lists.map { .list($0) }))]).apply(
            under: path.removingLastComponent())
    }
}

extension [PEMBlock] {
    fileprivate var isListsAlone: Bool { !isEmpty && allSatisfy { $0.label == "X509 CRL" } }
}
