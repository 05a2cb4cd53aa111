import MailCA
import OpenSSLKit
import SystemPackage

extension Verifier {
    /// Checks a file that is no PEM: a certificate, list, request, key or PKCS #12 file, told by what is in it.
    /// - Parameter password: is asked where it is a PKCS #12 file.
    /// - Returns: nil where it is nothing of the kind.
    func report(
        onDER bytes: [UInt8], _ file: FilePath, password: (FilePath) throws(MailCAError) -> SecretBytes?
    ) throws(MailCAError) -> Report? {
        // All of these are a SEQUENCE.
        guard bytes.first == 0x30 else { return nil }
        let path = file.string
        var report = Report(subjects: [path])
        if let certificate = try? Certificate(der: bytes) {
            report.add(findings(of: [certificate], path))
        } else if let list = try? RevocationList(der: bytes) {
            report = report.merging(self.report(on: [list], path))
        } else if let request = try? CertificateRequest(der: bytes) {
            report = report.merging(self.report(on: request, path))
        } else if let structure = try? PKCS12Structure(der: bytes) {
            // Where it is not to be opened, nobody is asked.
            let isOpened = structure.totalIterations <= PKCS12Structure.mostIterations
            let password = isOpened ? try password(file) : nil
            report = report.merging(self.report(on: structure, bytes, path, password: password))
        } else if let pem = Self.keyText(bytes) {
            report.add(keyFindings(pem, nil, file))
        } else if Self.looksLikePKCS12(bytes) {
            report.add([
                Finding(
                    "pkcs12.malformed", .error, path,
                    "it begins as a PKCS #12 file and is cut short, changed, or protected with a public key",
                    remedy: "have it made again: mailca rekey ADDRESS")
            ])
        } else {
            return nil
        }
        return report
    }

    /// The key in PEM, whichever form it is in (RFC 5208, 5915, 8017).
    private static func keyText(_ bytes: [UInt8]) -> [UInt8]? {
        for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let pem = Array(PEMBlock(label: label, bytes: bytes).text.utf8)
            if (try? PrivateKey.checkForm(pem: pem)) != nil { return pem }
        }
        return nil
    }

    /// A SEQUENCE that begins with the version 3, and a SEQUENCE after it.
    private static func looksLikePKCS12(_ bytes: [UInt8]) -> Bool {
        let head = Array(bytes.prefix(10))
        return (1...6).contains { at in
            head.count >= at + 4 && head[at..<at + 4] == [0x02, 0x01, 0x03, 0x30]
        }
    }

    /// Checks lists, each by itself and together: all of this machine's CAs have to be covered where one is.
    func report(on lists: [RevocationList], _ path: String) -> Report {
        var report = Report(findings: lists.flatMap { findings(of: $0, path) })
        for list in lists {
            let issuer = (try? list.issuer().description) ?? "an unknown issuer"
            let number = list.number.map { "number \($0)" } ?? "without a number"
            let times = [try? list.thisUpdate(), (try? list.nextUpdate()) ?? nil].compactMap(\.self)
                .map(Timestamp.readable).joined(separator: " until ")
            report.files.append(
                FileDetail(
                    path, kind: "revocation list", lines: ["of \(issuer)", "\(number), \(list.count) revoked", times]))
            if list.number == nil {
                report.add([
                    Finding(
                        "revocation-list.no-number", .warning, path,
                        "the list of \(issuer) has no number (RFC 5280 §5.2.3), so that nobody can tell which of two is newer",
                        remedy: "make a new one with the CA")
                ])
            }
            if let finding = age(of: list, path) { report.add([finding]) }
        }
        return report
    }

    /// Whether the ledger knows a newer list of the same CA.
    private func age(of list: RevocationList, _ path: String) -> Finding? {
        guard let authority, let issuer = authority.certificates.first(where: { list.isSigned(by: $0) }),
            let serial = try? issuer.fields().serialNumber,
            let newest = try? authority.ledger.latestRevocationList(issuer: serial, at: now),
            let number = list.number, number < newest.number, newest.count > list.count
        else { return nil }
        return Finding(
            "revocation-list.stale", .error, path,
            "it is number \(number) with \(list.count) revoked, and the newest is number \(newest.number) with \(newest.count): who was revoked since is not on it",
            remedy: "mailca crl, or use the list that lies in --certs")
    }
}
