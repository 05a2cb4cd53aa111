public import OpenSSLKit

/// What was seen of a mail server in one conversation. Nothing of it has been judged.
public struct Observation: Sendable {
    /// How TLS began, or why it did not.
    public enum Security: Sendable, Hashable {
        /// It was there before the first word.
        case fromTheStart
        case offered
        case notOffered
        /// It was offered, and refused when it was asked for.
        case refused(ServerReply)
    }

    /// How far a conversation came.
    public enum Stage: String, Sendable, Hashable, CaseIterable {
        case connecting
        /// Up to the word that TLS may begin.
        case greeting
        case handshake
        /// Under TLS.
        case talking
    }

    /// Why a conversation ended before its end.
    public struct End: Sendable, Hashable {
        public let stage: Stage
        public let failure: TLSConnection.Failure

        public init(_ stage: Stage, _ failure: TLSConnection.Failure) {
            self.stage = stage
            self.failure = failure
        }
    }

    public let service: MailService
    /// Who answered.
    public internal(set) var address: SocketAddress?
    public internal(set) var greeting: ServerReply?
    public internal(set) var security: Security?
    /// What the server showed in the handshake: the chain as it was sent, the version, whom it asks for.
    public internal(set) var session: TLSSession?
    /// What else it takes; nil where that was not asked.
    public internal(set) var weaknesses: TLSWeaknesses?
    /// What came of the attempt to be let in.
    public internal(set) var admission: Admission?
    public internal(set) var end: End?

    init(_ service: MailService) { self.service = service }
}
