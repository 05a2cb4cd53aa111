import Glibc
public import MailCA
import OpenSSLKit
public import SystemPackage

/// A name by which clients reach a mail server, and where its certificates were laid out.
public struct ServedHost: Sendable {
    /// A directory with a certificate that has the name.
    public struct Place: Sendable {
        public let directory: DeployedDirectory
        /// The certificate that should be there.
        public let entry: LedgerEntry

        /// SHA-256 of the key whose certificate really lies there; of the one that should where none can be read.
        public var servedKey: [UInt8] { present?.sha256 ?? entry.keyFingerprint }
        /// Whether somebody put a certificate of another key there.
        public var isForeign: Bool { servedKey != entry.keyFingerprint }

        private var present: PublicKey? {
            let file = directory.path.appending(MailLayout.FileName.certificate)
            guard let bytes = try? FileContent.read(file), let all = try? Certificate.all(pem: bytes) else {
                return nil
            }
            return try? all.first?.publicKey()
        }
    }

    public let name: HostName
    /// In the order of their paths.
    public let places: [Place]

    /// - Throws: `MailCAError` with code `invalidName` where it is none that a DANE record can be about, and the errors of
    ///   `Ledger`.
    public init(_ text: String, _ authority: Authority) throws(MailCAError) {
        guard case .host(let name) = try ServerName(text) else {
            throw MailCAError(
                .invalidName, "\(text) is an address, and DANE records are about names",
                hint: "Give the host to which the MX record leads.")
        }
        guard !name.isWildcard else {
            throw MailCAError(
                .invalidName, "\(name) stands for many hosts, and a DANE record is about one",
                hint: "Give the host to which the MX record leads; its certificate may have the wildcard.")
        }
        self.name = name
        var places: [Place] = []
        for directory in try authority.ledger.deployments().map({ DeployedDirectory($0) }) {
            guard let entry = try directory.certificate(of: authority), Self.covers(entry, name) else { continue }
            places.append(Place(directory: directory, entry: entry))
        }
        self.places = places
    }

    /// The one directory of several that is meant.
    /// - Parameter certs: which it is where there are several.
    /// - Throws: `MailCAError` with the codes `notFound`, and `invalidParameters` where it cannot be told.
    public func place(in certs: FilePath) throws(MailCAError) -> Place {
        if let place = places.first(where: { $0.directory.path == certs }) { return place }
        guard let first = places.first else {
            throw MailCAError(
                .notFound, "no certificate of \(name) was laid out here",
                hint: "mailca issue-server lays one out; where the key is elsewhere, it is changed there.")
        }
        guard places.count == 1 else {
            let list = places.map(\.directory.path.string).joined(separator: ", ")
            throw MailCAError(
                .invalidParameters, "\(name) has a certificate in \(places.count) directories: \(list)",
                hint: "Say with --certs which one is meant.")
        }
        return first
    }

    /// The certificates that are valid for the name, wherever they are, and that none took the place of.
    /// - Throws: the errors of `Ledger`.
    public func live(_ authority: Authority) throws(MailCAError) -> [LedgerEntry] {
        var live: [LedgerEntry] = []
        let staged = try authority.stagedCertificates()
        for name in [name.ascii, Self.wildcard(over: name)] {
            let query = LedgerQuery(.valid, at: authority.now, profiles: [.server], name: name)
            for entry in try authority.ledger.entries(query)
            where !staged.contains(entry.serialNumber) && !live.contains(entry) {
                if try authority.successor(of: entry) == nil { live.append(entry) }
            }
        }
        return live
    }

    private static func covers(_ entry: LedgerEntry, _ name: HostName) -> Bool {
        entry.names.contains(name.ascii) || entry.names.contains(wildcard(over: name))
    }

    /// The wildcard that stands for it (RFC 9525 §6.3).
    private static func wildcard(over name: HostName) -> String {
        "*.\(name.labels.dropFirst().joined(separator: "."))"
    }
}
