public import MailCA
import SystemPackage

/// The kind of database that Postfix's maps are made into. Debian's Postfix has Berkeley DB; Fedora, RHEL 10 and Arch have
/// LMDB instead, and others CDB.
public enum PostfixMapType: String, Sendable, Hashable, CaseIterable {
    case hash, lmdb, cdb

    /// What `postmap` puts behind the map's name.
    public var suffix: String {
        switch self {
        case .hash: ".db"
        case .lmdb: ".lmdb"
        case .cdb: ".cdb"
        }
    }

    /// What the Postfix of this machine can read, by `postconf -m`; none where there is no Postfix.
    static var known: [PostfixMapType] {
        guard let postconf = SystemCommand("postconf", ["-m"]), let outcome = try? postconf.run(), outcome.status == 0
        else { return [] }
        let names = Set(outcome.output.split(whereSeparator: \.isWhitespace).map(String.init))
        return allCases.filter { names.contains($0.rawValue) }
    }

    /// The one for a system: what was asked for, else what its Postfix can read, else what its configuration uses.
    /// - Parameter places: of the system at hand, whose Postfix is asked, or of an image, which is looked at.
    /// - Throws: `MailCAError` with code `invalidParameters` where this machine's Postfix cannot read what was asked for.
    public static func chosen(
        _ wanted: PostfixMapType?, in places: ConfigurationPlaces
    ) throws(MailCAError) -> PostfixMapType {
        let known = known
        if let wanted {
            guard known.isEmpty || known.contains(wanted) else {
                let names = known.map(\.rawValue).joined(separator: ", ")
                throw MailCAError(
                    .invalidParameters, "the Postfix of this machine cannot make maps of type \(wanted.rawValue)",
                    hint:
                        "It can make \(names) (postconf -m). On Debian the packages postfix-lmdb and postfix-cdb add to them."
                )
            }
            return wanted
        }
        if places.isRunningSystem { return known.first ?? .hash }
        return used(in: places) ?? .hash
    }

    /// The type that an image's `main.cf` names, where it names one.
    private static func used(in places: ConfigurationPlaces) -> PostfixMapType? {
        guard let bytes = try? FileContent.read(places.file("/etc/postfix/main.cf")) else { return nil }
        let settings = PostfixText(String(decoding: bytes, as: UTF8.self)).settings
        if let type = settings["default_database_type"].flatMap({ Self(rawValue: PostfixText.normal($0)) }) {
            return type
        }
        return settings["alias_maps"].flatMap { maps in allCases.first { maps.contains("\($0.rawValue):") } }
    }
}
