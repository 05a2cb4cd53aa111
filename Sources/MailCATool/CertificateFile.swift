import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// A file, in PEM or DER, that is named on the command line for what is in it.
enum CertificateFile {
    /// The certificates in a file.
    /// - Throws: `MailCAError` where it cannot be read, or has none.
    static func read(_ path: FilePath) throws(MailCAError) -> [Certificate] {
        let bytes = try FileContent.read(path)
        do { return try Certificate.all(in: bytes) } catch {
            throw MailCAError(
                .damaged, "\(path.string.shown) is not a certificate: \(error)",
                hint: "Give a certificate in PEM or DER; one in a .p12 is shown by its number or its address.",
                cause: error)
        }
    }

    /// The certificates of all these files, in their order.
    static func read(_ paths: [String]) throws(MailCAError) -> [Certificate] {
        var all: [Certificate] = []
        for path in paths { all += try read(FilePath(path)) }
        return all
    }

    /// The revocation lists of all these files, in their order.
    /// - Throws: `MailCAError` where one cannot be read, or has none.
    static func revocationLists(_ paths: [String]) throws(MailCAError) -> [RevocationList] {
        var all: [RevocationList] = []
        for path in paths {
            let bytes = try FileContent.read(FilePath(path))
            let hint = "Give a revocation list in PEM or DER, such as the crl.pem of the CA."
            let lists: [RevocationList]
            do { lists = try RevocationList.all(in: bytes) } catch {
                throw MailCAError(
                    .damaged, "\(path.shown) is not a revocation list: \(error)", hint: hint, cause: error)
            }
            guard !lists.isEmpty else {
                throw MailCAError(.damaged, "there is no revocation list in \(path.shown)", hint: hint)
            }
            all += lists
        }
        return all
    }
}
