public import MailCA
public import OpenSSLKit

/// Looks at a mail server as a client does: greeting, TLS, and where wanted whether a certificate is let in. It sends
/// no mail, and takes no longer than its time.
public struct LiveProbe: Sendable {
    public var service: MailService
    /// Where to connect to; nil for the host of the service.
    public var host: String?
    /// Where to come from; nil for the system's choice. Some servers let the addresses of their own machine relay.
    public var source: IPAddress?
    /// What is shown where the server asks for a certificate.
    public var credentials: TLSCredentials?
    /// What to ask for when TLS has begun; nil for nothing.
    public var attempt: Attempt?
    /// For the conversation as a whole.
    public var timeout: Duration

    public init(_ service: MailService, host: String? = nil, timeout: Duration = .seconds(10)) {
        self.service = service
        self.host = host
        self.timeout = timeout
    }

    /// Has the conversation.
    public func look() -> Observation {
        var seen = Observation(service)
        var stage = Observation.Stage.connecting
        do throws(TLSConnection.Failure) {
            try converse(&seen, &stage)
        } catch {
            seen.end = .init(stage, error)
        }
        return seen
    }

    private func converse(
        _ seen: inout Observation, _ stage: inout Observation.Stage
    ) throws(TLSConnection.Failure) {
        let connection = try connect(Deadline(in: timeout))
        seen.address = connection.address
        var dialogue = service.kind.dialogue(LineExchange(connection))
        defer { dialogue.leave() }
        if !service.kind.isSecureFromTheStart { stage = .greeting }
        guard try approach(&dialogue, &seen) else { return }
        stage = .handshake
        seen.session = try connection.startTLS(TLSOffer(serverName: serverName, credentials: credentials))
        stage = .talking
        if service.kind.isSecureFromTheStart {
            let greeting = try dialogue.greeting()
            seen.greeting = greeting
            guard greeting.isPositive else { return }
        }
        try dialogue.resume()
        if let attempt, service.kind.right != nil { seen.admission = try dialogue.attempt(attempt) }
    }

    func connect(_ deadline: Deadline) throws(TLSConnection.Failure) -> TLSConnection {
        try TLSConnection(
            host: host ?? service.name.description, port: service.port,
            from: source.flatMap { SocketAddress(bytes: $0.bytes, port: 0) }, deadline: deadline)
    }

    /// Says what comes before TLS.
    /// - Returns: whether TLS may begin.
    func approach(
        _ dialogue: inout any Dialogue, _ seen: inout Observation
    ) throws(TLSConnection.Failure) -> Bool {
        if service.kind.isSecureFromTheStart {
            seen.security = .fromTheStart
            return true
        }
        let greeting = try dialogue.greeting()
        seen.greeting = greeting
        guard greeting.isPositive else { return false }
        guard try dialogue.offersTLS() else {
            seen.security = .notOffered
            return false
        }
        let answer = try dialogue.askForTLS()
        guard answer.isPositive else {
            seen.security = .refused(answer)
            return false
        }
        seen.security = .offered
        return true
    }

    /// What the server is told. RFC 6066 §3: not an address.
    var serverName: String? {
        guard case .host(let name) = service.name else { return nil }
        return name.ascii
    }
}
