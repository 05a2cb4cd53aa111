public import OpenSSLKit

/// What a server takes from clients that offer nothing better.
public struct TLSWeaknesses: Sendable, Hashable {
    /// The newest version that it was heard to take, up to TLS 1.2; nil where it has been agreed on another.
    public internal(set) var newest: TLSVersion?
    /// Versions below TLS 1.2, the newest first.
    public internal(set) var versions: [TLSVersion] = []
    /// Of each weakness the suite that it chose.
    public internal(set) var suites: [CipherSuite] = []
    /// Why not everything could be asked.
    public internal(set) var end: TLSConnection.Failure?

    public init(
        newest: TLSVersion? = nil, versions: [TLSVersion] = [], suites: [CipherSuite] = [],
        end: TLSConnection.Failure? = nil
    ) {
        self.newest = newest
        self.versions = versions
        self.suites = suites
        self.end = end
    }
}

extension LiveProbe {
    /// Asks what else a server takes that was looked at, in connections of their own: one for each version that it may
    /// have, and one for each weakness. At most nine, and together for no longer than one conversation.
    public func askForWeaknesses(_ seen: inout Observation) {
        let isRefused = seen.end?.stage == .handshake && seen.end?.failure.reason == .tls
        if seen.session != nil || isRefused { seen.weaknesses = weaknesses(below: seen.session?.version) }
    }

    private func weaknesses(below version: TLSVersion?) -> TLSWeaknesses {
        var found = TLSWeaknesses()
        let deadline = Deadline(in: timeout)
        do throws(TLSConnection.Failure) {
            // A server takes the newest that it has of what it is offered.
            var next = version.map { min($0.rawValue - 1, TLSVersion.tls11.rawValue) } ?? TLSVersion.tls12.rawValue
            while let newest = TLSVersion(rawValue: next),
                case .taken(let taken, let suite) = try ask(newest, CipherSuite.ordinary + CipherSuite.weak, deadline),
                taken <= newest
            {
                if version == nil && found.newest == nil { found.newest = taken }
                if taken < .tls12 { found.versions.append(taken) }
                found.add(suite)
                next = taken.rawValue - 1
            }
            var left = CipherSuite.weak.filter { suite in !found.suites.contains { $0.weakness == suite.weakness } }
            while !left.isEmpty, case .taken(_, let suite) = try ask(.tls12, left, deadline), left.contains(suite) {
                found.add(suite)
                left.removeAll { $0.weakness == suite.weakness }
            }
        } catch { found.end = error }
        return found
    }

    private func ask(
        _ version: TLSVersion, _ suites: [CipherSuite], _ deadline: Deadline
    ) throws(TLSConnection.Failure) -> ServerChoice {
        var seen = Observation(service)
        let connection = try connect(deadline)
        var dialogue = service.kind.dialogue(LineExchange(connection))
        guard try approach(&dialogue, &seen) else {
            throw .init(.closed, "ask for a version of TLS", detail: "the server offers no TLS this time")
        }
        return try connection.choice(of: ClientHello(version, suites, serverName: serverName))
    }
}

extension TLSWeaknesses {
    fileprivate mutating func add(_ suite: CipherSuite) {
        if suite.weakness != nil && !suites.contains(suite) { suites.append(suite) }
    }
}
