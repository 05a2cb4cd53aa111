import MailCA
import MailLayouts
import OpenSSLKit

extension Verifier {
    /// Checks a PKCS #12 file (RFC 7292): how it is protected, who can import it, and what is in it.
    /// - Parameter password: nil where only the outside is to be looked at.
    func report(on file: PKCS12Structure, _ bytes: [UInt8], _ path: String, password: SecretBytes?) -> Report {
        let traits = password.map { Importer.PasswordTraits($0) }
        let verdicts = Importer.allCases.map {
            FileDetail.Verdict(importer: $0, verdict: $0.verdict(on: file, password: traits))
        }
        var report = Report(findings: Self.outside(file, path) + Self.importing(verdicts, path))
        var lines = Self.lines(file)
        let (contents, findings) = opened(file, bytes, path, password, verdicts)
        report.add(findings)
        if let contents {
            let subject = (try? contents.certificate.subject().description) ?? ""
            let end = (try? contents.certificate.fields()).map { ", until \(Timestamp.readable($0.validity.notAfter))" }
            lines.append("certificate of \(subject)\(end ?? "")")
            lines.append("\(contents.chain.count) certificates of its issuers")
            if let name = contents.friendlyName ?? file.friendlyName { lines.append("friendly name \(name)") }
        } else {
            if let name = file.friendlyName { lines.append("friendly name \(name)") }
            if password == nil { lines.append("not opened, for want of the password") }
            if password != nil && file.mac == nil { lines.append("not opened, for want of a MAC") }
        }
        report.files.append(FileDetail(path, kind: "PKCS #12 file", lines: lines, importers: verdicts))
        return report
    }

    private static func lines(_ file: PKCS12Structure) -> [String] {
        var lines: [String] = []
        for key in file.keys { lines.append("key: \(key.map { "\($0)" } ?? "not encrypted")") }
        for part in file.certificates { lines.append("certificates: \(part.map { "\($0)" } ?? "not encrypted")") }
        lines.append(
            file.mac.map { "MAC: \($0.digest), \($0.iterations) iterations, salt of \($0.saltLength) bytes" }
                ?? "no MAC")
        if !file.keys.isEmpty { lines.append("local key id: \(file.keyHasIdentifier ? "yes" : "none")") }
        return lines
    }

    /// What is wrong and can be seen without the password.
    private static func outside(_ file: PKCS12Structure, _ path: String) -> [Finding] {
        var findings: [Finding] = []
        if file.keys.contains(nil) {
            findings.append(
                Finding(
                    "pkcs12.key-not-encrypted", .error, path,
                    "the key in it is not encrypted: whoever has the file has the key", remedy: remedy))
        }
        if file.mac == nil {
            findings.append(
                Finding(
                    "pkcs12.no-mac", .warning, path, "it has no MAC, so that nothing tells whether it was changed",
                    remedy: remedy))
        }
        let weak = (file.keys + file.certificates).compactMap(\.self).filter {
            ["RC2-40-CBC", "RC4-40", "DES-CBC", "RC2-CBC"].contains($0.cipher)
        }
        if let first = weak.first {
            findings.append(
                Finding(
                    "pkcs12.weak", .warning, path,
                    "\(first.cipher) can be broken by trying all keys, whatever the password is", remedy: remedy))
        }
        return findings
    }

    private static let remedy = "mailca rekey ADDRESS makes a new one"

    /// Who cannot import it: a warning where one of today's is among them.
    private static func importing(_ verdicts: [FileDetail.Verdict], _ path: String) -> [Finding] {
        let refusing = verdicts.filter { $0.verdict.answer == .no }
        let isOld = { (importer: Importer) in importer.isOld }
        func finding(_ severity: Severity, _ those: [FileDetail.Verdict], _ remedy: String) -> [Finding] {
            guard !those.isEmpty else { return [] }
            let list = those.map { "\($0.importer.name) (\($0.verdict.reason ?? ""))" }.joined(separator: "; ")
            return [
                Finding("pkcs12.not-importable", severity, path, "it cannot be imported by \(list)", remedy: remedy)
            ]
        }
        return finding(
            .warning, refusing.filter { !isOld($0.importer) }, "mailca rekey ADDRESS makes one that they can")
            + finding(
                .note, refusing.filter { isOld($0.importer) }, "mailca rekey ADDRESS --compat makes one that they can")
    }

    private func opened(
        _ file: PKCS12Structure, _ bytes: [UInt8], _ path: String, _ password: SecretBytes?,
        _ verdicts: [FileDetail.Verdict]
    ) -> (PKCS12?, [Finding]) {
        guard file.totalIterations <= PKCS12Structure.mostIterations else {
            return (
                nil,
                [
                    Finding(
                        "pkcs12.iterations", .error, path,
                        "its keys are derived in \(file.totalIterations) iterations, and it is not opened: that would last for minutes or more",
                        remedy: Self.remedy)
                ]
            )
        }
        // Without a MAC nothing tells a wrong password from a right one.
        guard let password, file.mac != nil else { return (nil, []) }
        do throws(PrivateKeyError) {
            let contents = try PKCS12(der: bytes, password: password)
            return (contents, inside(contents, path, isNamed: (contents.friendlyName ?? file.friendlyName) != nil))
        } catch {
            if case .wrongPassphrase = error {
                return (
                    nil,
                    [
                        Finding(
                            "pkcs12.wrong-password", .error, path, "the password does not open it",
                            remedy: "try again with the one of that file")
                    ]
                )
            }
            // What this OpenSSL does not read has been said.
            guard verdicts.first(where: { $0.importer == .openSSL })?.verdict.answer != .no else { return (nil, []) }
            return (
                nil,
                [
                    Finding(
                        "pkcs12.unusable", .error, path,
                        "no key with its certificate comes out of it: \(Self.reason(error))", remedy: Self.remedy)
                ]
            )
        }
    }

    private static func reason(_ error: PrivateKeyError) -> String {
        if case .unreadable(let cause) = error { "\(cause)" } else { "\(error)" }
    }

    private func inside(_ contents: PKCS12, _ path: String, isNamed: Bool) -> [Finding] {
        var found = findings(of: [contents.certificate] + contents.chain, path)
        if let publicKey = try? contents.certificate.publicKey(), !contents.key.matches(publicKey) {
            found.append(
                Finding(
                    "pair.mismatch", .error, path, "the key does not belong to the certificate", remedy: Self.remedy))
        }
        let missing = authority?.certificates.first {
            contents.certificate.isSigned(by: $0) && !$0.isSelfSigned && !contents.chain.contains($0)
        }
        if let missing, let subject = try? missing.subject() {
            found.append(
                Finding(
                    "pkcs12.chain-incomplete", .warning, path,
                    "the certificate of \(subject), which signed it, is not in it, and mail programs then show a certificate that no server can verify",
                    remedy: Self.remedy))
        }
        if !isNamed {
            found.append(
                Finding(
                    "pkcs12.no-name", .note, path, "it has no friendly name: programs show it under a number or none",
                    remedy: "nothing, where there is one certificate only"))
        }
        return found
    }
}
