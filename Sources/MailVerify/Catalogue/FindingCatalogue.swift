/// Every kind of finding that there is. No other can be raised.
public enum FindingCatalogue {
    public static let areas: [FindingArea] = [
        certificates, authorities, keys, chains, revocationLists, directories, sendmail, postfix, exim, dovecot, cyrus,
        openSMTPD, live, liveProtocols, liveStaples, liveDANE, liveClients, paths, requests, pkcs12, home,
    ]

    /// In the order of their ids.
    public static let kinds: [FindingKind] = areas.flatMap(\.kinds).sorted { $0.id < $1.id }

    private static let byID = Dictionary(kinds.map { ($0.id, $0) }) { first, _ in first }

    public static func kind(_ id: String) -> FindingKind? { byID[id] }
}
