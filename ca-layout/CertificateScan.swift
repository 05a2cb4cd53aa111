import Glibc
public import MailCA
public import OpenSSLKit
public import SystemPackage

/// The certificates and revocation lists that lie in a directory and below it, in PEM or DER, alone or several to a
/// file.
public struct CertificateScan: Sendable {
    public private(set) var certificates: [Certificate] = []
    public private(set) var lists: [RevocationList] = []
    /// Files that may hold certificates and were not read, with the reason.
    public private(set) var passedOver: [(path: FilePath, reason: String)] = []
    private var seen: Set<[UInt8]> = []

    public init() {}

    /// How much of a file is looked at to tell what it is.
    private static let headSize = 64 << 10

    /// Reads a directory and those below it, or one file. Links to directories are not followed.
    /// - Throws: ``MailCAError`` with the codes `notFound`, `permissionDenied`, `inputOutput` where `path` itself cannot be
    ///   read.
    public mutating func read(_ path: FilePath) throws(MailCAError) {
        guard try FileContent.exists(path) else {
            throw MailCAError(
                .notFound, "there is no \(path) to look for certificates in",
                hint: "Nothing was changed. Check the path.")
        }
        guard FileStatus(path, following: true)?.isDirectory == true else { return readFile(path) }
        try readDirectory(path)
    }

    private mutating func readDirectory(_ directory: FilePath) throws(MailCAError) {
        for name in try FileContent.names(in: directory) where !FileTransaction.isTemporary(name) {
            let path = directory.appending(name)
            guard let status = FileStatus(path) else { continue }
            if status.isDirectory {
                do { try readDirectory(path) } catch { passedOver.append((path, error.message)) }
            } else if FileStatus(path, following: true)?.isRegular == true {
                readFile(path)
            }
        }
    }

    private mutating func readFile(_ path: FilePath) {
        if let suffix = path.extension?.lowercased(), ["p12", "pfx"].contains(suffix) {
            passedOver.append((path, "its certificate is behind a password"))
            return
        }
        do throws(MailCAError) {
            switch try Self.kind(of: path) {
            case .pem: readPEM(try FileContent.read(path), path)
            case .der: readDER(try FileContent.read(path))
            case .other: break
            }
        } catch {
            passedOver.append((path, error.message))
        }
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

    private mutating func readPEM(_ bytes: [UInt8], _ path: FilePath) {
        var bytes = bytes
        defer { SecretBytes.wipe(&bytes) }
        do {
            let text = try PEMBlock.blocks(in: bytes)
            if text.contains(where: { $0.label.hasSuffix("CERTIFICATE") && !$0.label.hasPrefix("ATTRIBUTE") }) {
                for certificate in try Certificate.all(pem: bytes) { add(certificate) }
            }
            for list in try RevocationList.all(pem: bytes) { add(list) }
        } catch {
            passedOver.append((path, "\(error)"))
        }
    }

    private mutating func readDER(_ bytes: [UInt8]) {
        if let certificate = try? Certificate(der: bytes) {
            add(certificate)
        } else if let list = try? RevocationList(der: bytes) {
            add(list)
        }
    }

    private mutating func add(_ certificate: Certificate) {
        if seen.insert(certificate.fingerprint).inserted { certificates.append(certificate) }
    }

    private mutating func add(_ list: RevocationList) {
        if seen.insert(Digest.sha256(list.der)).inserted { lists.append(list) }
    }
}
