public import MailCA
import OpenSSLKit
import SystemPackage

/// Where a system's own configuration and files have a truth of their own beside the CA's: nothing is wrong with either,
/// and they do not go together.
public struct SystemWarnings: Sendable {
    private let places: ConfigurationPlaces

    /// - Parameter places: of the system at hand, or of an image.
    public init(_ places: ConfigurationPlaces) { self.places = places }

    /// All that there are for these servers but for ``publicPolicies()``, each a sentence without full stop.
    /// - Parameter authority: whose certificates may lie about in copies.
    public func all(
        for servers: [MailServer], reading directory: DeployedDirectory, _ authority: Authority
    ) -> [String] {
        var warnings: [String] = []
        warnings += encryptedKey(in: directory.path)
        for server in servers {
            warnings += demands(of: server)
            warnings += copies(in: server, authority, directory.path)
        }
        if servers.contains(.dovecot) { warnings += userNameFields() }
        return warnings
    }

    // MARK: MTA-STS (RFC 8461)

    /// Where web servers keep their sites.
    private static let sites = ["/var/www", "/srv/www", "/srv/http", "/usr/share/nginx", "/usr/local/www"]

    /// The policies that a web server of this system publishes.
    public func publicPolicies() -> [String] {
        Self.sites.map(places.below).flatMap { site in
            [site] + folders(in: site).flatMap { [$0] + folders(in: $0) }
        }.compactMap { folder in
            let path = folder.appending(".well-known").appending("mta-sts.txt")
            let mode = lines(of: path).lazy.compactMap { Self.value(of: "mode", in: $0, ":") }.first
            guard let mode, mode != "none" else { return nil }
            return
                "\(path) publishes an MTA-STS policy (mode: \(mode)), by which other mail servers refuse a certificate of a private CA on port 25: serve a public one there, or publish mode: none. DANE is another matter: mailca tlsa"
        }
    }

    // MARK: keys

    func encryptedKey(in directory: FilePath) -> [String] {
        let path = directory.appending(MailLayout.FileName.privateKey)
        guard var bytes = try? FileContent.read(path) else { return [] }
        defer { SecretBytes.wipe(&bytes) }
        guard PrivateKey.isEncrypted(pem: bytes) else { return [] }
        return ["the key \(path) is encrypted, and a mail server has nobody to ask: mailca rekey makes one that is not"]
    }

    // MARK: certificates of everybody

    /// Settings by which a server demands a certificate on port 25, where other mail servers have none of ours.
    func demands(of server: MailServer) -> [String] {
        let found: [(file: FilePath, line: String)]
        switch server {
        case .postfix:
            let main = places.file("/etc/postfix/main.cf")
            let master = places.file("/etc/postfix/master.cf")
            let setting = "smtpd_tls_req_ccert"
            let isDemanded = PostfixText(text(of: main)).settings[setting].map(PostfixText.normal) == "yes"
            let services = PostfixText(text(of: master)).services.filter {
                PostfixText.port($0.name) == "25" && $0.line.contains("\(setting)=yes")
            }
            found = (isDemanded ? [(main, "\(setting) = yes")] : []) + services.map { (master, $0.line) }
        case .exim:
            let files =
                ["exim4.conf.localmacros", "exim4.conf.template", "exim4.conf"].map { places.file("/etc/exim4/\($0)") }
                + files(in: places.file("/etc/exim4/conf.d/main"))
            found = lines(in: files) { line in
                ["tls_verify_hosts", "MAIN_TLS_VERIFY_HOSTS"].contains { Self.value(of: $0, in: line, "=") == "*" }
            }
        case .opensmtpd:
            found = lines(in: [places.file("/etc/smtpd.conf")]) { line in
                let words = line.split(whereSeparator: \.isWhitespace)
                guard words.starts(with: ["listen", "on"]), words.contains("verify") else { return false }
                guard let port = words.firstIndex(of: "port") else { return true }
                return ["25", "smtp"].contains(words.dropFirst(port + 1).first)
            }
        case .sendmail:
            found = lines(in: [places.file("/etc/mail/access")]) { line in
                let words = line.split(whereSeparator: \.isWhitespace)
                return words.first == "TLS_Clt:" && words.dropFirst().contains { $0.hasPrefix("VERIFY") }
            }
        case .dovecot, .cyrus: return []
        }
        return found.map { (file, line) in
            "\(server.title) demands a certificate of everybody on port 25 (\(file): \(line)): other mail servers have none of yours, and cannot bring their mail. Take it out, and let --purpose demand open a port for your users"
        }
    }

    // MARK: copies

    /// Copies of the CA's certificates, or of the server's, in the chroot of a server: nobody keeps them up to date.
    func copies(in server: MailServer, _ authority: Authority, _ directory: FilePath) -> [String] {
        let roots =
            switch server {
            case .postfix: ["/var/spool/postfix"]
            case .opensmtpd: ["/var/lib/opensmtpd/empty", "/var/empty", "/var/empty/smtpd"]
            default: [String]()
            }
        let own = Set(
            (authority.certificates
                + ((try? FileContent.read(directory.appending(MailLayout.FileName.certificate)))
                    .flatMap { try? Certificate.all(pem: $0) } ?? []))
                .map(\.der))
        return roots.map(places.below).flatMap { root in
            // Never the queue.
            ["etc", "usr"].flatMap { files(below: root.appending($0)) }.filter { path in
                guard let status = FileStatus(path), status.isRegular, status.size < 4 << 20,
                    let bytes = try? FileContent.read(path),
                    let certificates = try? Certificate.all(pem: bytes)
                else { return false }
                return certificates.contains { own.contains($0.der) }
            }.map { path in
                "\(path) is a copy of a certificate of ours in the chroot of \(server.title), which nobody keeps up to date: \(server.title) reads the files in \(directory) before it goes in there, so the copy can go"
            }
        }
    }

    // MARK: Dovecot

    /// Settings by which Dovecot would look for the user where the certificates have nothing.
    func userNameFields() -> [String] {
        let setting = "ssl_cert_username_field"
        let folder = places.file("/etc/dovecot")
        let files =
            ["dovecot.conf", "local.conf"].map { folder.appending($0) } + files(in: folder.appending("conf.d"))
        return lines(in: files) { line in
            Self.value(of: setting, in: line, "=").map { !["commonName", "CN"].contains($0) } ?? false
        }.map { (file, line) in
            "\(file) has \(line), and the certificates have the user in commonName: Dovecot would find nobody in them"
        }
    }

    // MARK: reading

    private static func value(of name: String, in line: String, _ separator: Character) -> String? {
        guard let index = line.firstIndex(of: separator) else { return nil }
        func trimmed(_ text: Substring) -> String {
            var text = text
            while text.first?.isWhitespace == true { text.removeFirst() }
            while text.last?.isWhitespace == true { text.removeLast() }
            return String(text)
        }
        return trimmed(line[..<index]) == name ? trimmed(line[line.index(after: index)...]) : nil
    }

    private func text(of path: FilePath) -> String {
        (try? FileContent.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Without comments.
    private func lines(of path: FilePath) -> [String] {
        text(of: path).split(whereSeparator: \.isNewline).map { String($0.drop { $0.isWhitespace }) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    private func lines(in files: [FilePath], where isWanted: (String) -> Bool) -> [(file: FilePath, line: String)] {
        files.flatMap { file in lines(of: file).filter(isWanted).map { (file, $0) } }
    }

    private func folders(in path: FilePath) -> [FilePath] {
        entries(of: path).filter { FileStatus($0)?.isDirectory == true }
    }

    private func files(in path: FilePath) -> [FilePath] {
        entries(of: path).filter { FileStatus($0, following: true)?.isRegular == true }
    }

    private func entries(of path: FilePath) -> [FilePath] {
        ((try? FileContent.names(in: path)) ?? []).sorted().map { path.appending($0) }
    }

    /// At most so many as a chroot has.
    private func files(below path: FilePath) -> [FilePath] {
        var found: [FilePath] = []
        var waiting = [path]
        while let folder = waiting.popLast(), found.count < 5_000 {
            for entry in entries(of: folder) {
                guard let status = FileStatus(entry) else { continue }
                if status.isDirectory { waiting.append(entry) } else { found.append(entry) }
            }
        }
        return found
    }
}

extension MailServer {
    /// Whether other mail servers bring mail to it.
    public var takesMail: Bool { self != .dovecot && self != .cyrus }
}
