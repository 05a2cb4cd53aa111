public import FoundationEssentials
public import MailCA
import MailLayouts
public import OpenSSLKit

/// How a CA and what it deployed stand now, and whether somebody has to do something: what a monitoring asks every few
/// minutes, and so nothing in it grows with the ledger.
public struct Status: Sendable {
    /// How urgent it is; the numbers are those that monitoring plugins end with.
    public enum Level: Int, Sendable, Hashable, CaseIterable, Comparable {
        case ok = 0
        case warning
        case critical

        public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
    }

    /// Why it is not just fine.
    public struct Reason: Sendable, Hashable {
        public let level: Level
        /// A sentence without a full stop.
        public let message: String
        /// A command that mends it, or what to do where no command can.
        public let remedy: String
    }

    /// The newest revocation list of a CA whose time has come, and those that were made for later.
    public struct List: Sendable {
        public let issuer: DistinguishedName
        public let number: Int64
        public let thisUpdate: Date
        public let nextUpdate: Date
        /// How many certificates it lists.
        public let count: Int
        public let planned: Int
        /// Until when there is a list, with those that are planned.
        public let coveredUntil: Date
        /// How long the last of them counts, in seconds.
        public let life: TimeInterval
    }

    /// What ends within ``Status/outlook``.
    public struct Ending: Sendable {
        public let count: Int
        /// The first of them to end, at most ten.
        public let first: [LedgerEntry]
    }

    public let date: Date
    /// The CA certificates, the one that signs first.
    public let authorities: [CertificateFields]
    /// Of each CA that has one, in that order.
    public let lists: [List]
    /// Whether something was revoked that is on no list yet.
    public let hasUnlisted: Bool
    public let servers: Ending
    public let users: Ending
    /// How many certificates are being made.
    public let pending: Int
    public let lastMaintained: Date?
    public let deployments: [DeploymentStatus]
    /// The most urgent first.
    public private(set) var reasons: [Reason] = []

    public var level: Level { reasons.map(\.level).max() ?? .ok }

    /// How far ahead endings are counted, in seconds.
    public static let outlook = 30.0 * 86_400

    /// - Throws: the errors of `Ledger`.
    public init(of authority: Authority) throws(MailCAError) {
        let (ledger, now) = (authority.ledger, authority.now)
        date = now
        authorities = authority.certificateFields
        var lists: [List] = []
        for fields in authority.certificateFields {
            guard let list = try ledger.latestRevocationList(issuer: fields.serialNumber, at: now) else { continue }
            let planned = try ledger.plannedRevocationLists(issuer: fields.serialNumber, at: now)
            lists.append(List(list, planned: planned, issuer: fields.subject))
        }
        self.lists = lists
        hasUnlisted = try !authority.revocationListsAreComplete()
        servers = try Self.ending(.server, ledger, now)
        users = try Self.ending(.client, ledger, now)
        pending = try ledger.count(LedgerQuery(.pending, at: now))
        lastMaintained = try ledger.lastMaintained()
        let newest = try authority.latestRevocationLists()
        var deployments: [DeploymentStatus] = []
        for deployment in try ledger.deployments() {
            deployments.append(
                try DeploymentStatus(deployment, authority, newest, lastMaintained: lastMaintained))
        }
        self.deployments = deployments
        let found = judgements + deployments.flatMap(\.reasons)
        reasons = [.critical, .warning].flatMap { level in found.filter { $0.level == level } }
    }

    private static func ending(_ profile: Profile, _ ledger: any Ledger, _ now: Date) throws(MailCAError) -> Ending {
        var query = LedgerQuery(.valid, at: now, profiles: [profile])
        query.endsBefore = now.addingTimeInterval(outlook)
        let count = try ledger.count(query)
        query.limit = 10
        return Ending(count: count, first: try count == 0 ? [] : ledger.entries(query))
    }
}

extension Status.List {
    /// A planned list counts where there is no gap before it.
    fileprivate init(_ list: SignedRevocationList, planned: [SignedRevocationList], issuer: DistinguishedName) {
        var last = list
        for next in planned where next.thisUpdate <= last.nextUpdate && next.nextUpdate > last.nextUpdate {
            last = next
        }
        self.init(
            issuer: issuer, number: list.number, thisUpdate: list.thisUpdate, nextUpdate: list.nextUpdate,
            count: list.count, planned: planned.count, coveredUntil: last.nextUpdate,
            life: last.nextUpdate.timeIntervalSince(last.thisUpdate))
    }
}
