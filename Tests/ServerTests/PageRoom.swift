import Foundation
import TestSupport

/// An empty Debian that a page's reader sits at: every package is unpacked and none set up, and the programs in
/// Tests/daemons/stand-ins take the place of what a room has not. It ends with this object.
final class PageRoom {
    let room: Room
    /// Strangers come each from an address of their own: daemons count how often one comes, and make it wait.
    private var strangers = 1

    /// Where the reader sits: in a checkout, as the pages say.
    private static let place = "\(Room.sharedPath)/checkout"
    private static let standIns = "/srv/stand-ins"
    static let certs = "/etc/mail/certs"

    /// - Parameter hasProgram: whether `mailca` is installed already.
    init(hasProgram: Bool) throws {
        room = try Room(
            seeing: [Room.clientsFolder, "\(Room.script("stand-ins")):\(Self.standIns)", "/var/lib/dpkg:/srv/dpkg"]
                + Room.programFolders)
        try FileManager.default.createDirectory(
            atPath: room.shared.file("checkout/ca-layout"), withIntermediateDirectories: true)
        for path in ["Makefile", "ca-layout/systemd"] {
            try FileManager.default.copyItem(
                atPath: Page.checkout(path), toPath: room.shared.file("checkout/\(path)"))
        }
        try room.must("python3", ["/srv/clients/outside", "198.51.100.0/24"])
        try room.must("sh", ["-ec", Self.machine], input: "correct horse battery staple\n")
        if hasProgram { try room.must("ln", ["-s", Command.mailcaPath, "/usr/local/bin/mailca"]) }
    }

    /// Runs what a reader pastes, to its end or to the first command that fails. The passphrase, which a terminal would
    /// be asked for, comes from a file.
    @discardableResult
    func paste(_ commands: String) throws -> String {
        let environment = [
            "PATH=\(Self.standIns):/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "HOME=/root",
            "MAILCA_PASSPHRASE_FILE=/run/passphrase",
            "MAILCA_PROGRAMS=\(URL(fileURLWithPath: Command.mailcaPath).deletingLastPathComponent().path)",
        ]
        let outcome = try room.run("env", ["-C", Self.place] + environment + ["bash", "-e", "-c", commands])
        guard outcome.status == 0 else { throw Room.Failure.failed(commands, outcome) }
        return outcome.stdout
    }

    /// The certificate of a user whose file a command has just made, as that command says.
    /// - Returns: none, where it made none for this address.
    func certificate(of address: String, in output: String) throws -> String? {
        guard let file = output.split(separator: "\n").first(where: { $0.hasSuffix("/\(address).p12") }),
            let path = file.split(separator: " ").last,
            let password = output.firstMatch(of: /^ +([a-z0-9]{4}(-[a-z0-9]{4})+)$/.anchorsMatchLineEndings())
        else { return nil }
        let unpacked = "/root/\(address).pem"
        try room.must("sh", ["-c", "cat >/root/password"], input: "\(password.1)\n")
        try paste("openssl pkcs12 -in '\(path)' -noenc -passin file:/root/password -out \(unpacked)")
        return unpacked
    }

    /// Talks to a server as a stranger does, from another network.
    /// - Parameter certificate: a file with a certificate and its key.
    func talk<Seen: Decodable>(
        _ client: String, _ port: Int, as certificate: String?, trusting authority: String = "cacert.pem"
    ) throws -> Seen {
        strangers += 1
        var line = ["--host", "198.51.100.1", "--source", "198.51.100.\(strangers)", "--port", String(port)]
        line += ["--ca", "\(Self.certs)/\(authority)"]
        if let certificate { line += ["--cert", certificate, "--key", certificate] }
        // Nobody's name has to be found in the DNS, which a room has not.
        line +=
            client == "smtp-client"
            ? ["--rcpt", "someone@elsewhere.test", "--mail-from", ""]
            : ["--external", ""] + (port == 993 ? ["--implicit"] : [])
        return try room.talk(client, line)
    }

    /// The SHA-256 of a certificate of the room's.
    func fingerprint(_ path: String) throws -> String {
        try room.must("sh", ["-c", "openssl x509 -in \(path) -outform der | sha256sum"]).split(separator: " ")
            .first.map(String.init) ?? ""
    }

    /// What every Debian has, and a stick to keep a copy on.
    private static let machine = """
        umask 077
        cat >/run/passphrase
        umask 022
        mkdir -p /etc/apt/sources.list.d /usr/local/bin /media/usb
        """
}
