import MailCA

/// DANE records, and what was done so that they hold.
struct TLSAResult: CommandResult {
    struct Record: Encodable {
        enum State: String, Encodable {
            case served, next, old
        }

        let host: String
        let port: Int
        let usage: Int
        let selector = 1
        let matchingType = 1
        let digest: String
        /// The line of a zone file.
        let record: String
        let state: State

        init(_ record: TLSARecord, _ state: State) {
            host = record.host
            port = record.port
            usage = record.usage.rawValue
            digest = record.digest.hexadecimal()
            self.record = record.description
            self.state = state
        }
    }

    let records: [Record]
    let files: [FileResult]
    let dryRun: Bool

    /// Nothing but what goes into a zone file.
    var text: String { records.map { "\($0.record)\n" }.joined() }
    var essentialText: String { text }
}
