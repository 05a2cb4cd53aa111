import MailVerify

/// Everything that `mailca verify` can find: docs/findings.md, or JSON.
struct FindingListResult: CommandResult {
    struct Item: Encodable {
        let id: String
        let severities: [String]
        let meaning: String
        let mending: String
    }

    let kinds = FindingCatalogue.kinds.map { kind in
        Item(
            id: kind.id, severities: kind.severities.sorted(by: >).map(\.rawValue), meaning: kind.meaning,
            mending: kind.mending)
    }

    var text: String { FindingCatalogue.page }
}
