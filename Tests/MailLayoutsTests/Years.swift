import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import SQLiteLedger
import SystemPackage
import TestSupport
import Testing

/// A CA with servers and users in a time that passes as the test wants: what an administrator, a timer and the mail
/// servers would do and see, day by day.
final class Years {
    struct User {
        let address: String
        var certificate: Certificate { didSet { end = Self.end(of: certificate) } }
        private(set) var end: Date
        var isRevoked = false
        /// Some users let theirs end, and come back later or never.
        let renews: Bool

        init(address: String, certificate: Certificate, renews: Bool) {
            self.address = address
            self.certificate = certificate
            self.renews = renews
            end = Self.end(of: certificate)
        }

        private static func end(of certificate: Certificate) -> Date {
            (try? certificate.fields().validity.notAfter) ?? .distantPast
        }
    }

    private let scratch: TemporaryDirectory
    private let clock: Time
    private let authority: Authority
    private let directories: [FilePath]
    private var users: [User] = []
    private var random = Seeded(state: 20_261_123)
    private(set) var day = 0
    private(set) var deeds = 0
    private(set) var refused = 0
    private(set) var admitted = 0

    /// A clock that the test moves.
    final class Time: @unchecked Sendable {
        // Sound to share: the test moves it on the one thread that reads it.
        var now: Date
        init(_ now: Date) { self.now = now }
    }

    init(servers: Int, users: Int, offlineRoot: Bool = false) throws {
        scratch = try TemporaryDirectory()
        let time = Time(now)
        clock = time
        var members: [Authority.Member] = []
        let locked = try Authority.create(
            AuthorityParameters(name: "Example Mail CA", domains: ["example.org"], offlineRoot: offlineRoot),
            ledger: SQLiteLedger(path: FilePath(scratch.file("ledger.sqlite")), clock: { time.now }),
            clock: { time.now }, keep: { members = $0 })
        if offlineRoot {
            // Lists of the root for all the years, in one sitting; then its key is away.
            _ = try locked.rootRevocationLists(periods: 64, days: 30)
            let key = try #require(members.last?.key)
            authority = try #require(try Authority.open(ledger: locked.ledger, clock: { time.now })).unlocked(with: key)
        } else {
            authority = locked
        }
        let place = FilePath(scratch.path)
        directories = (0..<servers).map { place.appending("server-\($0)") }
        for (number, directory) in directories.enumerated() {
            let server = try authority.issue(.server(["mx\(number).example.org"]))
            try MailLayout.sendmail.plan(server, issuedBy: authority, crl: authority.revocationLists()[0])
                .apply(under: directory)
            try authority.ledger.remember(
                Deployment(directory: directory.string, certificate: server.serialNumber))
        }
        for number in 0..<users {
            let address = "user\(number)@example.org"
            self.users.append(
                User(
                    address: address,
                    certificate: try authority.issue(.client(address, days: 90 + number * 7)).certificate,
                    renews: number % 5 != 0))
        }
    }

    /// A day passes: users renew, one is revoked now and then, and the timer runs, if it runs.
    /// - Parameter checking: how many users' certificates are looked at at each server; none on most days where it is
    ///   few.
    func pass(maintaining: Bool, checking: Int) throws {
        day += 1
        clock.now = now.addingTimeInterval(Double(day) * 86_400 + Double(random.next() % 7_200))
        try renewUsers()
        if random.next() % 25 == 0 { try revokeSomebody() }
        if maintaining { try maintain() }
        guard checking > 4 || day % 4 == 0 || !maintaining else { return }
        try check(users: checking)
        // And just before the timer's next run.
        clock.now = clock.now.addingTimeInterval(79_000)
        try check(users: checking)
    }

    private func maintain() throws {
        let authority = authority
        let outcome = try Maintenance(authority).run(
            unlock: { _ throws(MailCAError) in authority }, reload: { (_, _) throws(MailCAError) in [] })
        deeds += outcome.deeds.count
        // The end of the CA itself is told of; nothing else may be wrong.
        let others = outcome.problems.filter { !$0.message.contains("and all its certificates with it") }
        #expect(others.isEmpty, "day \(day): \(others)")
    }

    /// They renew in their last month; who let theirs end comes back a year later.
    private func renewUsers() throws {
        for (index, user) in users.enumerated() where !user.isRevoked {
            let end = user.end
            let isTime =
                user.renews
                ? end.timeIntervalSince(clock.now) < 30 * 86_400 : clock.now.timeIntervalSince(end) > 365 * 86_400
            guard isTime, authority.certificateFields[0].validity.notAfter.timeIntervalSince(clock.now) > 40 * 86_400
            else { continue }
            users[index].certificate = try authority.renew([user.certificate.serialNumber])[0].certificate
        }
    }

    /// As the command does it: the ledger, the list, and the list of every server, in one go.
    private func revokeSomebody() throws {
        let index = Int(random.next() % UInt64(users.count))
        guard !users[index].isRevoked else {
            users[index].certificate = try authority.issue(.client(users[index].address)).certificate
            users[index].isRevoked = false
            return
        }
        try authority.revoke(users[index].certificate.serialNumber, reason: .keyCompromise)
        users[index].isRevoked = true
        let lists = try authority.revocationLists()
        for deployment in try authority.ledger.deployments() {
            let directory = DeployedDirectory(deployment)
            try directory.plan(authority, lists).apply(under: directory.path)
        }
    }

    /// What each mail server would say now, from the files that lie in its directory.
    private func check(users count: Int) throws {
        for (number, directory) in directories.enumerated() {
            func read(_ name: String) throws -> [UInt8] { try FileContent.read(directory.appending(name)) }
            let authorities = try Certificate.all(pem: read("cacert.pem"))
            let lists = try RevocationList.all(pem: read("crl.pem"))
            let store = try TrustStore(roots: [try #require(authorities.last)], revocationLists: lists)
            let own = try Certificate.all(pem: read("cert.pem"))
            expect(own[0], .server, isGood: true, store, own + authorities, "server \(number)")
            for offset in 0..<count {
                let user = users[(day * count + offset + number) % users.count]
                let isValid = clock.now < user.end.addingTimeInterval(1)
                expect(
                    user.certificate, .client, isGood: isValid && !user.isRevoked, store, authorities,
                    "\(user.address) at server \(number)\(user.isRevoked ? ", revoked" : "")")
            }
        }
    }

    private func expect(
        _ certificate: Certificate, _ purpose: TrustStore.Purpose, isGood: Bool, _ store: TrustStore,
        _ chain: [Certificate], _ whose: String
    ) {
        do throws(TrustStore.Failure) {
            _ = try store.validate(certificate, chain: chain, purpose: purpose, time: clock.now, checkRevocation: true)
            admitted += 1
            #expect(isGood, "day \(day): \(whose) is let in")
        } catch {
            refused += 1
            #expect(!isGood, "day \(day): \(whose) is refused: \(error)")
            // For its own sake, not for a list that ended.
            #expect(
                [TrustStore.Failure.revoked, TrustStore.Failure.expired].contains(error.code),
                "day \(day): \(whose): \(error)")
        }
    }

    /// How many certificates the newest list has, and how many were ever revoked.
    func listed() throws -> (count: Int, ever: Int) {
        (try authority.latestRevocationLists()[0].count, try authority.ledger.count(LedgerQuery(isRevoked: true)))
    }

    func faults() throws -> [AuditFault] { try authority.ledger.auditFaults(authorities: authority.certificates) }
}

/// The same numbers in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
