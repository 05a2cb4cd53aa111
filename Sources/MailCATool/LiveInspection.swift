import MailCA
import MailLayouts
import MailVerify
import OpenSSLKit
import SystemPackage

/// Looks at running mail servers for `mailca verify`, with what the options and this machine's files say of them.
struct LiveInspection {
    private typealias Name = MailLayout.FileName

    private let options: LiveOptions
    private let anchors: [Certificate]
    /// What lies where the server of this machine reads it.
    private let deployed: (certificate: Certificate, path: String)?
    /// Whether it is what every server has to show, because its place was named.
    private let isNamed: Bool
    private let client: TLSCredentials?
    private let refused: TLSCredentials?
    private let recipient: EmailAddress
    private let source: IPAddress?
    private let dane: DANEInspection?

    /// - Throws: `MailCAError` where an option does not fit, or a file cannot be read.
    init(
        _ options: LiveOptions, _ services: [MailService], ca: [String], _ common: CommonOptions,
        _ authority: Authority?
    ) throws(MailCAError) {
        self.options = options
        dane = try options.asksForDANE ? DANEInspection(options, services) : nil
        let certs = common.certsDirectory
        let path = certs.appending(Name.certificate)
        let own = try FileContent.exists(path) ? try? CertificateFile.read(path) : nil
        deployed = own?.first.map { ($0, path.string) }
        isNamed = common.certs != nil
        if !ca.isEmpty {
            anchors = try CertificateFile.read(ca)
        } else if let authority {
            anchors = authority.certificates
        } else if try FileContent.exists(certs.appending(Name.authorities)) {
            anchors = try CertificateFile.read(certs.appending(Name.authorities))
        } else if let own, own.first?.isSelfSigned == true {
            anchors = own
        } else if dane != nil {
            anchors = []
        } else {
            throw MailCAError(
                .notFound,
                "there is no CA here that \(services.map(\.description).joined(separator: ", ")) could lead to",
                hint: "Name its certificate with --ca FILE.")
        }
        recipient = try EmailAddress(options.recipient)
        source = try options.source.map { (text) throws(MailCAError) in try IPAddress(text) }
        client = try options.client.map { (path) throws(MailCAError) in
            try Self.credentials(path, options.clientPasswordFile, "--client-password-file")
        }
        refused = try options.expectRefused.map { (path) throws(MailCAError) in
            try Self.credentials(
                path, options.expectRefusedPasswordFile ?? options.clientPasswordFile, "--expect-refused-password-file")
        }
        guard client != nil || refused != nil else { return }
        for service in services { _ = try ClientCheck(LiveProbe(service), recipient: recipient) }
    }

    /// - Throws: `MailCAError` with code `invalidParameters`.
    func look(at service: MailService) throws(MailCAError) -> (ServiceResult, [Finding]) {
        var probe = LiveProbe(service, host: options.connect, timeout: .seconds(options.timeout))
        probe.source = source
        let check = try client == nil && refused == nil ? nil : ClientCheck(probe, recipient: recipient)
        var seen = probe.look()
        if seen.session == nil, seen.end?.failure.alert != nil, let client {
            // One that demands a certificate, in TLS 1.2, shows nothing before it has one.
            probe.credentials = client
            seen = probe.look()
        }
        probe.askForWeaknesses(&seen)
        let published = try seen.session == nil ? nil : dane?.records(of: service)
        var findings = LiveCheck(anchors: anchors, deployed: expected(of: service), published: published)
            .findings(of: seen)
        if seen.session != nil, let check {
            if let client { findings += check.acceptance(of: client) }
            if let refused { findings += check.refusal(of: refused) }
        }
        return (ServiceResult(seen, published), findings)
    }

    /// The certificate of this machine, for a service that is on it as far as the name tells.
    private func expected(of service: MailService) -> (certificate: Certificate, path: String)? {
        guard let deployed else { return nil }
        let isOurs =
            switch service.name {
            case .host(let host): deployed.certificate.matches(host: host.ascii)
            case .address(let address): deployed.certificate.matches(address: address.bytes)
            }
        return isNamed || isOurs ? deployed : nil
    }

    /// Whether nothing is wrong but that servers did not answer.
    static func isOutOfReach(_ report: Report) -> Bool {
        let errors = report.findings.filter { $0.severity == .error }
        return !errors.isEmpty && errors.allSatisfy { ["live.unreachable", "live.no-answer"].contains($0.id) }
    }
}

extension LiveInspection {
    /// Opens a user's file.
    private static func credentials(
        _ path: String, _ passwordFile: String?, _ option: String
    ) throws(MailCAError) -> TLSCredentials {
        let bytes = try FileContent.read(FilePath(path))
        let password: SecretBytes
        if let passwordFile {
            password = try PassphraseOptions.read(passwordFile)
        } else if let terminal = Terminal() {
            password = try terminal.secret("Password of \(path): ")
        } else {
            throw MailCAError(
                .passphraseNeeded, "the password of \(path) is needed, and there is no terminal to ask at",
                hint: "Give \(option) FILE.")
        }
        do { return TLSCredentials(try PKCS12(der: bytes, password: password)) } catch {
            if case .wrongPassphrase = error {
                throw MailCAError(
                    .wrongPassphrase, "the password does not open \(path)",
                    hint: "Try again with the one of that file.",
                    cause: error)
            }
            throw MailCAError(
                .damaged, "\(path) is not a .p12 file with a key and its certificate: \(error)",
                hint: "Give the file that mailca issue-client made.", cause: error)
        }
    }
}
