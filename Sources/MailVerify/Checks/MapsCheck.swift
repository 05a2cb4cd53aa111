import MailLayouts
import SystemPackage

/// Whether what Postfix and Exim go by instead of revocation lists is there, and no older than it should be.
struct MapsCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        // Without a CA nobody relays by certificate, and there is nothing to look up.
        guard !snapshot.authorities.isEmpty else { return [] }
        return (snapshot.servers.contains(.postfix) ? postfix(snapshot) : [])
            + (snapshot.servers.contains(.exim) ? exim(snapshot) : [])
    }

    private func postfix(_ snapshot: Snapshot) -> [Finding] {
        let name = Snapshot.Name.postfixRevoked
        let source = FileStatus(snapshot.directory.appending(name), following: true)
        let type = snapshot.postfixMapType
        let path = snapshot.directory.appending(name + type.suffix)
        guard let database = FileStatus(path, following: true) else {
            return [
                Finding(
                    "postfix.map.missing", .error, path.string,
                    "the map of those that are revoked is not there\(snapshot.outcome(of: .missing(.postfixRevoked), for: [.postfix]))",
                    remedy: "mailca deploy postfix")
            ]
        }
        if type == .hash && !Self.isHash(path) {
            return [
                Finding(
                    "postfix.map.malformed", .error, path.string,
                    "it is not a database of Postfix's\(snapshot.outcome(of: .malformed(.postfixRevoked), for: [.postfix]))",
                    remedy: "mailca deploy postfix")
            ]
        }
        guard let source, database.isOlder(than: source) else { return [] }
        return [
            Finding(
                "postfix.map.old", .error, path.string,
                "it was made before \(name) was changed, and may not have all of it\(snapshot.outcome(of: .databaseOld, for: [.postfix]))",
                remedy: "mailca deploy postfix")
        ]
    }

    /// Berkeley DB's mark of a hash, at byte 12, in either order of bytes (`magic(5)`).
    private static func isHash(_ path: FilePath) -> Bool {
        guard let bytes = FileContent.beginning(16, of: path), bytes.count == 16 else { return false }
        let mark: [UInt8] = [0x61, 0x15, 0x06, 0x00]
        return bytes[12..<16].elementsEqual(mark) || bytes[12..<16].elementsEqual(mark.reversed())
    }

    private func exim(_ snapshot: Snapshot) -> [Finding] {
        let path = snapshot.directory.appending(Snapshot.Name.eximClients)
        guard FileStatus(path, following: true) == nil else { return [] }
        return [
            Finding(
                "exim.clients.missing", .error, path.string,
                "the list of those that may relay is not there\(snapshot.outcome(of: .missing(.eximClients), for: [.exim]))",
                remedy: "mailca deploy exim")
        ]
    }
}
