import MailLayouts

/// What a mail server, set up with the lines that `mailca deploy` prints, makes of a fault.
struct Prediction: Hashable, Sendable {
    /// What comes of it for whoever connects, as a server was seen to do it.
    enum Effect: String, Hashable, Sendable, CaseIterable {
        case doesNotStart = "does not start"
        case offersNoTLS = "does not offer STARTTLS"
        case hangs = "does not answer STARTTLS"
        case refusesTLS = "offers STARTTLS and refuses it when asked"
        case breaksTLS = "begins TLS, and every handshake fails"
        case dropsConnections = "closes every connection"
        case isNotBelieved = "is not believed by clients that have only the root"
        case refusesUsers = "refuses every user's certificate"
        case defersUsers = "tells every user with a certificate to come again later"
        case relaysForNobody = "relays for none of its users"
        case admitsRevoked = "lets revoked users in"
        case goesOn = "goes on without it"
    }

    let effect: Effect
    /// What it writes into its log, as far as that is the same each time; nil where it writes nothing.
    let log: String?
    /// The setting without which it does not write that; nil where it always does.
    let setting: String?

    init(_ effect: Effect, _ log: String? = nil, with setting: String? = nil) {
        self.effect = effect
        self.log = log
        self.setting = setting
    }

    var words: String {
        guard let log else { return effect.rawValue }
        return "\(effect.rawValue) (its log\(setting.map { ", with \($0)" } ?? ""): \(log))"
    }
}

/// What one mail server makes of a directory.
protocol ServerPredictions {
    /// - Returns: nil where the server does not mind.
    static func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction?
}

extension MailServer {
    private var predictions: any ServerPredictions.Type {
        switch self {
        case .sendmail: SendmailPredictions.self
        case .postfix: PostfixPredictions.self
        case .exim: EximPredictions.self
        case .dovecot: DovecotPredictions.self
        case .opensmtpd: OpenSMTPDPredictions.self
        case .cyrus: CyrusPredictions.self
        }
    }

    func prediction(of fault: Fault, in snapshot: Snapshot) -> Prediction? {
        predictions.prediction(of: fault, in: snapshot)
    }
}

extension Snapshot {
    /// What the servers in question make of a fault, in words; nil where none of them minds.
    func consequences(of fault: Fault, for readers: [MailServer]? = nil) -> String? {
        let all = (readers ?? servers).compactMap { server in
            server.prediction(of: fault, in: self).map { "\(server.title) \($0.words)" }
        }
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    /// Where a file is, as the servers' configuration and so their logs have it.
    func path(_ role: Fault.Role) -> String { FileContent.absolute(directory).appending(role.name).string }

    /// What is added to what is wrong: nothing where none of the servers minds.
    func outcome(of fault: Fault, for readers: [MailServer]? = nil) -> String {
        consequences(of: fault, for: readers).map { ": \($0)" } ?? ""
    }
}
