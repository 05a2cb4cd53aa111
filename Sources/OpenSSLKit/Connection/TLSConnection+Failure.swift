import COpenSSL
import Glibc

extension TLSConnection {
    /// Why a conversation did not come about, or ended.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        public enum Reason: String, Sendable, Hashable, CaseIterable {
            /// The host has no address, as far as this machine knows.
            case unresolved
            /// Nothing listens there.
            case refused
            /// There is no way to the address.
            case unreachable
            /// The one deadline of the conversation has passed.
            case timedOut
            /// The other side ended the conversation.
            case closed
            /// A line without an end.
            case tooLong
            /// Bytes that nobody asked for before TLS began: somebody else's, it must be assumed.
            case unexpectedInput
            /// What the other side says is not TLS, or not one that can be agreed on.
            case tls
            /// The system, or OpenSSL, would not.
            case system
        }

        public let reason: Reason
        /// What was being done, in a few words: "connect to 192.0.2.7 port 25".
        public let operation: String
        public let detail: String?
        /// The number of the alert that the other side sent (RFC 8446 §6), if it was one: 48 for an unknown CA.
        public let alert: Int?

        public init(_ reason: Reason, _ operation: String, detail: String? = nil, alert: Int? = nil) {
            self.reason = reason
            self.operation = operation
            self.detail = detail
            self.alert = alert
        }

        /// - Parameter number: an errno.
        init(system number: Int32, _ operation: String) {
            let reason: Reason =
                switch number {
                case ECONNREFUSED: .refused
                case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, ENETDOWN, EHOSTDOWN, EAFNOSUPPORT, EACCES, EPERM:
                    .unreachable
                case ETIMEDOUT: .timedOut
                case ECONNRESET, EPIPE, ECONNABORTED: .closed
                default: .system
                }
            self.init(reason, operation, detail: strerror(number).map { String(cString: $0) })
        }

        /// Of OpenSSL's that only a lack of memory can cause.
        init(_ error: OpenSSLError) { self.init(.system, error.operation, detail: error.description) }

        /// Takes everything out of this thread's error queue.
        init(drainingTLS operation: String) {
            let error = OpenSSLError(draining: operation)
            let ours = error.entries.filter { ERR_GET_LIB(UInt($0.code)) == ERR_LIB_SSL }
            let alert = ours.lazy.map { Int(ERR_GET_REASON(UInt($0.code))) - Int(SSL_AD_REASON_OFFSET) }
                .first { (0..<256).contains($0) }
            let isEnd = error.has(library: ERR_LIB_SSL, reason: SSL_R_UNEXPECTED_EOF_WHILE_READING)
            self.init(
                isEnd ? .closed : .tls, operation,
                detail: error.entries.isEmpty ? nil : error.entries.map(\.reason).joined(separator: "; "),
                alert: alert)
        }

        public var description: String {
            let words =
                switch reason {
                case .unresolved: "the name is not known"
                case .refused: "nothing listens there"
                case .unreachable: "there is no way to it"
                case .timedOut: "it took too long"
                case .closed: "the other side closed the connection"
                case .tooLong: "the other side's line or answer has no end"
                case .unexpectedInput: "something was said before TLS began"
                case .tls: alert == nil ? "TLS failed" : "the other side refused"
                case .system: "the system would not"
                }
            return "could not \(operation): \(words)\(detail.map { " (\($0))" } ?? "")"
        }
    }
}
