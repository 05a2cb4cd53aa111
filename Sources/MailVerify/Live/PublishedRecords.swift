public import FoundationEssentials
public import OpenSSLKit

/// The DANE records of a service, as far as they are known.
public enum PublishedRecords: Sendable, Hashable {
    /// Somebody said so.
    case given([TLSAData])
    case found(NameServer.Answer)
    /// The DNS could not be asked.
    case unknown(TLSConnection.Failure)

    /// Asks the DNS.
    public init(of service: MailService, at server: NameServer, within time: Duration) {
        do throws(TLSConnection.Failure) {
            self = .found(try server.records(of: service.tlsaOwner ?? "", Deadline(in: time)))
        } catch { self = .unknown(error) }
    }

    public var records: [TLSAData] {
        switch self {
        case .given(let records): records
        case .found(let answer): answer.records
        case .unknown: []
        }
    }

    /// What comes of each for what a server showed.
    public func verdicts(
        on session: TLSSession, _ service: MailService, now: Date = Date()
    ) -> [(record: TLSAData, verdict: TLSAData.Verdict)] {
        records.map { record in
            let verdict = try? record.verdict(on: session.certificates, host: service.name.description, time: now)
            return (record, verdict ?? .unusable)
        }
    }
}
