import Foundation
import TestSupport

/// The ledger as another program sees it: Python's SQLite.
struct Ledger {
    struct Failed: Error, CustomStringConvertible { let description: String }

    let path: String

    init(path: String) { self.path = path }

    init(home: String) { path = "\(home)/ledger.sqlite" }

    /// Runs one statement, and returns the rows with their columns parted by tabs; a blob in hexadecimal.
    @discardableResult
    func sql(_ statement: String) throws -> [String] {
        let program = """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1])
            for row in database.execute(sys.argv[2]):
                print(*[c.hex() if isinstance(c, bytes) else c for c in row], sep="\\t")
            database.commit()
            """
        let outcome = try Command.run("python3", ["-c", program, path, statement], package: "python3")
        guard outcome.status == 0 else { throw Failed(description: outcome.everything) }
        return outcome.stdout.split(separator: "\n").map(String.init)
    }

    /// The state of every entry by its serial number in lowercase hexadecimal; empty where there is no ledger.
    func states() throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        guard try sql("SELECT count(*) FROM sqlite_master WHERE name = 'certificate'") == ["1"] else { return [:] }
        let rows = try sql("SELECT serial, state FROM certificate").map { $0.split(separator: "\t").map(String.init) }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
    }

    /// The serial numbers of those that are revoked.
    func revoked() throws -> Set<String> {
        Set(try sql("SELECT serial FROM certificate WHERE revoked_at IS NOT NULL"))
    }

    /// How many valid certificates each user has.
    func liveOfUsers() throws -> [String: Int] {
        let rows = try sql(
            """
            SELECT name, count(*) FROM certificate JOIN certificate_name ON certificate = id
            WHERE profile = 'client' AND state = 'issued' AND revoked_at IS NULL GROUP BY name
            """
        ).map { $0.split(separator: "\t") }
        return Dictionary(uniqueKeysWithValues: rows.map { (String($0[0]), Int($0[1]) ?? 0) })
    }

    /// How many numbers were given up.
    func abandoned() throws -> Int { try states().values.count { $0 == "abandoned" } }
}
