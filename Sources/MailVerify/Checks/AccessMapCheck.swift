import MailCA
import MailLayouts
import OpenSSLKit
import SystemPackage

/// Whether Sendmail is told to relay for the holders of the CA's certificates.
struct AccessMapCheck: Check {
    func findings(in snapshot: Snapshot) -> [Finding] {
        guard snapshot.servers.contains(.sendmail), let signing = snapshot.signingAuthority else { return [] }
        let path = snapshot.path(Snapshot.Name.sendmailAccess)
        let remedy = Snapshot.layout
        let name: String
        do { name = try SendmailAccess.matchable(try signing.subject()) } catch {
            let reason = (error as? MailCAError)?.message ?? "\(error)"
            return [
                Finding(
                    "sendmail.access.unmatchable", .error, path,
                    "\(reason): Sendmail \(Prediction.Effect.relaysForNobody.rawValue)",
                    remedy: "make a CA of a shorter name in another directory with mailca init-ca")
            ]
        }
        guard let bytes = SnapshotFile(snapshot.directory.appending(Snapshot.Name.sendmailAccess))?.bytes else {
            return [
                Finding(
                    "sendmail.access.missing", .warning, path,
                    "the file is not there; Sendmail's access map is made of it", remedy: remedy)
            ]
        }
        // The map's keys are folded to lower case by makemap. Anything after the value, a comment too, spoils it.
        let key = "certissuer:\(name)".lowercased()
        let isListed = String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { line in
            let parts = line.lowercased().split(whereSeparator: { $0 == "\t" || $0 == " " })
            return parts.count == 2 && parts[0] == key && (parts[1] == "relay" || parts[1] == "subject")
        }
        return isListed
            ? []
            : [
                Finding(
                    "sendmail.access.stale", .error, path,
                    "it does not name the CA that signs users, so none of them can relay", remedy: remedy)
            ]
    }
}
