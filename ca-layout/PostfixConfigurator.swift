import MailCA
import SystemPackage

/// Sets what stands at its default in `main.cf`, as `postfix tls` does, and adds a service to `master.cf`.
struct PostfixConfigurator: Configurator {
    let server = MailServer.postfix
    var paths: [FilePath] { [main, master] }

    private let main: FilePath
    private let master: FilePath
    private let directory: FilePath
    private let isRunningSystem: Bool
    private let fragments: [ConfigurationFragment]

    init(_ request: ConfigurationRequest, _ places: ConfigurationPlaces) {
        fragments = PostfixConfiguration.fragments(request)
        directory = places.file("/etc/postfix")
        main = FileContent.real(places.file("/etc/postfix/main.cf"))
        master = FileContent.real(places.file("/etc/postfix/master.cf"))
        isRunningSystem = places.isRunningSystem
    }

    /// Older names for certificate and key. They count no more, and are taken out where they are a distribution's.
    private static let overruled = [
        "smtpd_tls_cert_file", "smtpd_tls_key_file", "smtpd_tls_eccert_file", "smtpd_tls_eckey_file",
        "smtpd_tls_dcert_file", "smtpd_tls_dkey_file",
    ]
    /// What Debian and Red Hat write into every `main.cf`: nobody's decision.
    private static let stock: [String: Set<String>] = [
        "smtpd_relay_restrictions": [
            "permit_mynetworks permit_sasl_authenticated defer_unauth_destination",
            "permit_mynetworks permit_sasl_authenticated reject_unauth_destination",
        ],
        "smtpd_tls_security_level": ["may"],
        "smtpd_tls_cert_file": ["/etc/ssl/certs/ssl-cert-snakeoil.pem", "/etc/pki/tls/certs/postfix.pem"],
        "smtpd_tls_key_file": ["/etc/ssl/private/ssl-cert-snakeoil.key", "/etc/pki/tls/private/postfix.key"],
    ]

    func configured(
        _ base: ConfigurationFiles, over earlier: ConfigurationRecord?
    ) throws(MailCAError) -> (files: ConfigurationFiles, settings: [ConfigurationRecord.Setting]) {
        guard let mainBytes = base[main] else { throw missing(main) }
        guard let masterBytes = base[master] else { throw missing(master) }
        let stage = try PostfixStage(main: mainBytes, master: masterBytes)
        let wanted = lines("main.cf").ordered.map { (name: $0.name, value: Optional($0.value)) }
        let present = PostfixText(base.text(main) ?? "").settings
        let changed = (wanted + Self.overruled.map { ($0, nil) }).filter { setting in
            present[setting.name].map(PostfixText.normal) != setting.value.map(PostfixText.normal)
        }
        let services = PostfixText(base.text(master) ?? "").services
        let added = lines("master.cf").services.filter { wanted in !services.contains { $0.line == wanted.line } }

        let defaults = try stage.defaults(changed.map(\.name))
        var obstacles = changed.compactMap { setting -> String? in
            guard let value = present[setting.name].map(PostfixText.normal), !value.isEmpty,
                value != defaults[setting.name].map(PostfixText.normal),
                Self.stock[setting.name]?.contains(value) != true
            else { return nil }
            return "\(setting.name) = \(present[setting.name] ?? "")"
        }
        for service in added {
            obstacles += services.filter { PostfixText.port($0.name) == PostfixText.port(service.name) }.map(\.line)
        }
        guard obstacles.isEmpty else {
            throw inTheWay(
                obstacles,
                remedy: "Nothing was changed. Take these out of \(main) (postconf -X NAME) or \(master), and try again."
            )
        }
        try stage.set(changed)
        for service in added { try stage.set(service: service.name, service.line) }
        var files = base
        if !changed.isEmpty { files[main] = try stage.main }
        if !added.isEmpty { files[master] = try stage.master }
        return (
            files,
            changed.filter { $0.value != nil || present[$0.name] != nil }.map {
                .init(file: main.string, name: $0.name, original: present[$0.name], ours: [$0.value])
            } + added.map { .init(file: master.string, name: $0.name, original: nil, ours: [$0.line]) }
        )
    }

    func takingBack(
        _ settings: [ConfigurationRecord.Setting], in files: ConfigurationFiles
    ) throws(MailCAError) -> ConfigurationFiles {
        guard let mainBytes = files[main] else { throw missing(main) }
        guard let masterBytes = files[master] else { throw missing(master) }
        let stage = try PostfixStage(main: mainBytes, master: masterBytes)
        let present = PostfixText(files.text(main) ?? "").settings
        let services = PostfixText(files.text(master) ?? "").services
        for setting in settings {
            let isService = setting.file == master.string
            let found = isService ? services.first { $0.name == setting.name }?.line : present[setting.name]
            let ours = Set(setting.ours.map { $0.map(PostfixText.normal) })
            // What somebody set otherwise since is theirs.
            guard found != setting.original, ours.contains(found.map(PostfixText.normal)) else { continue }
            if isService {
                try stage.set(service: setting.name, setting.original)
            } else {
                try stage.set([(setting.name, setting.original)])
            }
        }
        var changed = files
        changed[main] = try stage.main
        changed[master] = try stage.master
        return changed
    }

    func check() throws(MailCAError) {
        guard isRunningSystem else { return }
        guard let command = SystemCommand("postfix", ["-c", directory.string, "check"]) else {
            throw MailCAError(
                .serviceUnavailable, "postfix is not here, and without it its configuration cannot be checked",
                hint: "Install Postfix first.")
        }
        let outcome = try command.run()
        guard outcome.status == 0 else {
            throw MailCAError(
                .serviceUnavailable, "postfix check ended with \(outcome.status): \(outcome.output.trimmedLines)",
                hint: "See what it says, and whether it said so before.")
        }
    }

    private func lines(_ name: String) -> PostfixText {
        PostfixText(fragments.filter { $0.file.hasSuffix("/\(name)") }.map(\.text).joined())
    }
}
