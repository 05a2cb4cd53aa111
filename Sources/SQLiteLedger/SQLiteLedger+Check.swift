import GRDB
public import MailCA
import SystemPackage

extension SQLiteLedger {
    public func check() throws(MailCAError) { try read { try Structure(database: $0, path: path).check(.whole) } }
}

/// What SQLite itself can see of damage: a page that was overwritten, cut off or put in another's place.
struct Structure {
    /// How closely one looks.
    enum Depth: String {
        /// Every page, and that every index says what its table says.
        case whole = "integrity_check"
        /// Every page: half the time.
        case pages = "quick_check"
    }

    let database: Database
    let path: FilePath
    var kind = FileKind.ledger

    /// Up to this size a ledger is checked whole whenever it is opened: a thousand certificates, 2.4 ms.
    static let smallSize = 1 << 20
    /// Up to this size the pages are: two thousand certificates, 3 ms.
    static let middleSize = 2 << 20

    /// Checks what can be checked in 3 ms, so that damage is said before anything is done.
    func checkWhenSmall() throws {
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let size = try pages * (Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
        if size <= Self.middleSize { try check(size <= Self.smallSize ? .whole : .pages) }
    }

    /// - Throws: ``MailCAError`` with code `damaged`.
    func check(_ depth: Depth) throws {
        let answer = try String.fetchOne(database, sql: "PRAGMA \(depth.rawValue)(1)")
        guard answer == "ok" else { throw kind.damaged(path, Self.firstLine(of: answer)) }
    }

    /// SQLite begins some answers with a heading of its own, `*** in database main ***`.
    private static func firstLine(of answer: String?) -> String {
        let lines = (answer ?? "").split(separator: "\n").filter { !$0.hasPrefix("***") }
        return lines.first.map(String.init) ?? "it cannot be read"
    }
}
