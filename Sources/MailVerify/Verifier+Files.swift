public import MailCA
import MailLayouts
public import OpenSSLKit
public import SystemPackage

extension Verifier {
    /// Checks one file, told by what is in it: certificates, revocation lists, a request or a key in PEM, one of them in
    /// DER, or a PKCS #12 file.
    /// - Parameter password: is asked for that of a PKCS #12 file; without one only its outside is looked at.
    /// - Throws: `MailCAError` where it cannot be read, or holds nothing of the kind.
    public func verify(
        file: FilePath, password: (FilePath) throws(MailCAError) -> SecretBytes? = { _ in nil }
    ) throws(MailCAError) -> Report {
        let bytes = try FileContent.read(file)
        let path = file.string
        if let report = try report(onDER: bytes, file, password: password) { return report }
        let blocks: [PEMBlock]
        do { blocks = try PEMBlock.blocks(in: bytes) } catch {
            throw MailCAError(
                .damaged, "\(path) is not a PEM file: \(error)",
                hint: "Give a certificate, key, list or request in PEM or DER, or a .p12 file.", cause: error)
        }
        guard !blocks.isEmpty else {
            throw MailCAError(
                .damaged, "there is no certificate, key, request or revocation list in \(path)",
                hint: "Give a file in PEM, with its BEGIN and END lines, in DER, or a .p12 file.")
        }
        var report = Report(subjects: [path])
        var certificates: [Certificate] = []
        var lists: [RevocationList] = []
        var known = 0
        for block in blocks {
            known += 1
            switch block.label {
            case "CERTIFICATE", "X509 CERTIFICATE":
                do { certificates.append(try Certificate(der: block.bytes)) } catch {
                    report.add([malformed("certificate", path, error)])
                }
            case "TRUSTED CERTIFICATE":
                do {
                    certificates += try Certificate.all(pem: Array(block.text.utf8))
                    report.add([trustedForm(path)])
                } catch { report.add([malformed("certificate", path, error)]) }
            case "X509 CRL":
                do { lists.append(try RevocationList(der: block.bytes)) } catch {
                    report.add([malformed("revocation-list", path, error)])
                }
            case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
                do { report = report.merging(self.report(on: try CertificateRequest(der: block.bytes), path)) } catch {
                    report.add([malformed("request", path, error)])
                }
            default: if !block.label.hasSuffix("PRIVATE KEY") { known -= 1 }
            }
        }
        guard known > 0 else {
            throw MailCAError(
                .damaged,
                "there is no certificate, key, request or revocation list in \(path), but \(blocks[0].label)",
                hint: "Give a certificate, key, list or request in PEM or DER, or a .p12 file.")
        }
        report = report.merging(self.report(on: lists, path))
        let found = findings(of: certificates, path)
        report.add(found)
        // What is not trusted as a whole needs no second reason.
        if !found.contains(where: { $0.id == "certificate.untrusted" }) {
            report.add(forgeries(among: certificates, path))
        }
        if blocks.contains(where: { $0.label.hasSuffix("PRIVATE KEY") }) {
            report.add(keyFindings(bytes, certificates.first, file))
        }
        return report
    }

    private func malformed(_ id: String, _ path: String, _ error: OpenSSLError) -> Finding {
        Finding("\(id).malformed", .error, path, "\(error)", remedy: "have it made again")
    }

    /// A certificate with OpenSSL's settings of trust behind it (X509_CERT_AUX), which no standard knows.
    private func trustedForm(_ path: String) -> Finding {
        Finding(
            "certificate.trusted-form", .error, path,
            "it is a TRUSTED CERTIFICATE, a form of OpenSSL's own with settings of trust behind the certificate, and other programs do not read it",
            remedy: "take the certificate alone: openssl x509 -in \(path) -out NEW-FILE")
    }

    func findings(of certificates: [Certificate], _ path: String) -> [Finding] {
        guard let leaf = certificates.first else { return [] }
        var findings = certificates.flatMap { certificate in
            let name = (try? certificate.subject()).map { "the certificate of \($0)" } ?? "the certificate"
            return CertificateCheck.findings(
                of: certificate, name, path, id: "certificate", now, remedy: "issue it again")
        }
        guard let authority, !authority.certificates.contains(leaf), let fields = try? leaf.fields() else {
            return findings
        }
        if let entry = try? authority.ledger.entry(fields.serialNumber), let revocation = entry.revocation {
            findings.append(
                Finding(
                    "certificate.revoked", .error, path,
                    "it was revoked on \(Timestamp.readable(revocation.date)) (\(revocation.reason.rawValue))",
                    remedy: "issue a new one"))
        }
        do {
            let store = try TrustStore(roots: [authority.root])
            _ = try store.validate(
                leaf, chain: Array(certificates.dropFirst()) + authority.certificates, purpose: .any, time: now)
        } catch {
            let failure = error as? TrustStore.Failure
            let isTime =
                failure.map { [TrustStore.Failure.expired, TrustStore.Failure.notYetValid].contains($0.code) } == true
            if !isTime {
                findings.append(
                    Finding(
                        "certificate.untrusted", .error, path,
                        "it does not lead to this machine's CA: \(failure?.reason ?? "\(error)")",
                        remedy: "ask whoever signed it, or issue one with this CA"))
            }
        }
        return findings
    }

    func findings(of list: RevocationList, _ path: String) -> [Finding] {
        let issuer = (try? list.issuer()).map { "the revocation list of \($0)" } ?? "the revocation list"
        var findings = RevocationListCheck.freshness(of: list, issuer, path, now, "make a new one with the CA") {
            $0 == .listExpired(ofSigner: true) ? "servers that go by it refuse every user's certificate" : nil
        }
        if let authority, !authority.certificates.contains(where: { list.isSigned(by: $0) }) {
            findings.append(
                Finding(
                    "revocation-list.foreign", .error, path, "\(issuer) is not signed by this machine's CA",
                    remedy: "use the list that this CA made"))
        }
        return findings
    }

    func keyFindings(_ bytes: [UInt8], _ certificate: Certificate?, _ file: FilePath) -> [Finding] {
        var findings: [Finding] = []
        if PrivateKey.isEncrypted(pem: bytes) {
            do { try PrivateKey.checkForm(pem: bytes) } catch {
                findings.append(
                    Finding("key.malformed", .error, file.string, "\(error)", remedy: "have the key made again"))
            }
        } else {
            if let mode = FileStatus(file, following: true), mode.permissions & 0o044 != 0 {
                findings.append(
                    Finding(
                        "key.readable", .error, file.string, "an unencrypted private key that other users can read",
                        remedy: "chmod 0600 \(file)"))
            }
            do {
                let key = try PrivateKey(pem: bytes)
                if !key.isConsistent {
                    findings.append(
                        Finding(
                            "key.malformed", .error, file.string,
                            "the key is damaged: its parts do not belong together, and what it signs is refused",
                            remedy: "have the key made again"))
                }
                if let publicKey = try certificate?.publicKey(), !key.matches(publicKey) {
                    findings.append(
                        Finding(
                            "pair.mismatch", .error, file.string,
                            "the key does not belong to the certificate before it",
                            remedy: "put together what belongs together"))
                }
            } catch {
                findings.append(
                    Finding("key.malformed", .error, file.string, "\(error)", remedy: "have the key made again"))
            }
        }
        return findings
    }
}
