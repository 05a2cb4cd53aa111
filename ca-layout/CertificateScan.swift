import Glibc
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// Looks for the certificates and revocation lists that lie in a directory and below it, in PEM or DER, alone or several
/// to a file. Certificates are handed over one by one: there may be more than memory holds.
public struct CertificateScan: Sendable {
    public private(set) var lists: [RevocationList] = []
    /// Files that may hold certificates and were not read, with the reason.
    public private(set) var passedOver: [(path: FilePath, reason: String)] = []
    private var seen: Set<[UInt8]> = []

    public init() {}

    /// How much of a file is looked at to tell what it is.
    private static let headSize = 64 << 10

    /// Sees that a path is there and can be read.
    /// - Throws: ``MailCAError`` with the codes `notFound`, `permissionDenied`, `inputOutput`.
    public static func check(_ path: FilePath) throws(MailCAError) {
        guard try FileContent.exists(path) else {
            throw MailCAError(
                .notFound, "there is no \(path) to look for certificates in",
                hint: "Nothing was changed. Check the path.")
        }
        if FileStatus(path, following: true)?.isDirectory == true { _ = try FileContent.names(in: path) }
    }

    /// Reads a directory and those below it, or one file. Links to directories are not followed.
    /// - Parameter take: gets each certificate once.
    /// - Throws: as ``check(_:)``, and what `take` throws.
    public mutating func read(
        _ path: FilePath, _ take: (Certificate) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        try Self.check(path)
        guard FileStatus(path, following: true)?.isDirectory == true else { return try readFile(path, take) }
        try readDirectory(path, take)
    }

    private mutating func readDirectory(
        _ directory: FilePath, _ take: (Certificate) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        let names: [String]
        do { names = try FileContent.names(in: directory) } catch {
            passedOver.append((directory, error.message))
            return
        }
        for name in names where !FileTransaction.isTemporary(name) {
            let path = directory.appending(name)
            guard let status = FileStatus(path) else { continue }
            if status.isDirectory {
                try readDirectory(path, take)
            } else if FileStatus(path, following: true)?.isRegular == true {
                try readFile(path, take)
            }
        }
    }

    private mutating func readFile(
        _ path: FilePath, _ take: (Certificate) throws(MailCAError) -> Void
    ) throws(MailCAError) {
        if let suffix = path.extension?.lowercased(), ["p12", "pfx"].contains(suffix) {
            passedOver.append((path, "its certificate is behind a password"))
            return
        }
        let found: (certificates: [Certificate], lists: [RevocationList])
        do {
            switch try Self.kind(of: path) {
            case .pem: found = try Self.readPEM(try FileContent.read(path))
            case .der: found = Self.readDER(try FileContent.read(path))
            case .other: return
            }
        } catch {
            passedOver.append((path, (error as? MailCAError)?.message ?? "\(error)"))
            return
        }
        for certificate in found.certificates where seen.insert(certificate.fingerprint).inserted {
            try take(certificate)
        }
        lists += found.lists.filter { seen.insert(Digest.sha256($0.der)).inserted }
    }

    private enum Kind { case pem, der, other }

    /// What a file is, without reading more of it than its beginning.
    private static func kind(of path: FilePath) throws(MailCAError) -> Kind {
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw systemError("read", path) }
        defer { close(file) }
        let head = try FileContent.next(headSize, of: file, name: path)
        // A SEQUENCE of over 127 bytes.
        if head.count > 2, head[0] == 0x30, head[1] > 0x80, head[1] < 0x85 { return .der }
        let text = String(decoding: head, as: UTF8.self)
        return text.contains("-----BEGIN ") ? .pem : .other
    }

    private static func readPEM(
        _ bytes: [UInt8]
    ) throws(OpenSSLError) -> (certificates: [Certificate], lists: [RevocationList]) {
        var bytes = bytes
        defer { SecretBytes.wipe(&bytes) }
        var (certificates, lists): ([Certificate], [RevocationList]) = ([], [])
        let blocks = try PEMBlock.blocks(in: bytes)
        // OpenSSL's own form has more in it than the certificate.
        if blocks.contains(where: { $0.label == "TRUSTED CERTIFICATE" }) {
            certificates = try Certificate.all(pem: bytes)
        }
        for block in blocks {
            switch block.label {
            case "CERTIFICATE", "X509 CERTIFICATE": certificates.append(try Certificate(der: block.bytes))
            case "X509 CRL": lists.append(try RevocationList(der: block.bytes))
            default: continue
            }
        }
        return (certificates, lists)
    }

    private static func readDER(_ bytes: [UInt8]) -> (certificates: [Certificate], lists: [RevocationList]) {
        if let certificate = try? Certificate(der: bytes) { return ([certificate], []) }
        return ([], (try? RevocationList(der: bytes)).map { [$0] } ?? [])
    }
}
