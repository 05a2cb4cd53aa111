public import FoundationEssentials

extension LedgerEntry {
    /// What a certificate is to whoever asks now: each has just one.
    public enum Standing: String, Sendable, Hashable, CaseIterable, Codable {
        /// It is issued, has not ended and was not taken back.
        case valid
        /// It ended, and nobody had taken it back.
        case expired
        /// It was taken back, whether it has ended or not.
        case revoked
        case pending
        case abandoned
    }

    public func standing(at date: Date) -> Standing {
        switch state {
        case .pending: .pending
        case .abandoned: .abandoned
        case .issued where revocation != nil: .revoked
        case .issued: date < validity.notAfter.addingTimeInterval(1) ? .valid : .expired
        }
    }
}

extension LedgerQuery {
    /// What has that standing: who ends first comes first, who was revoked last, and else what is newest.
    public init(_ standing: LedgerEntry.Standing, at date: Date, profiles: Set<Profile>? = nil, name: String? = nil) {
        self.init(profiles: profiles, name: name)
        switch standing {
        case .valid: (states, isRevoked, endsFrom, order) = ([.issued], false, date, .endingFirst)
        case .expired: (states, isRevoked, endsBefore, order) = ([.issued], false, date, .endingFirst)
        case .revoked: (states, isRevoked, order) = ([.issued], true, .revokedLast)
        case .pending: (states, order) = ([.pending], .newestFirst)
        case .abandoned: (states, order) = ([.abandoned], .newestFirst)
        }
    }
}
