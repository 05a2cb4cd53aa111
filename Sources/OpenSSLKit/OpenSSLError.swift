import COpenSSL

/// What OpenSSL refused, with every entry that it left in its error queue.
public struct OpenSSLError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One entry of OpenSSL's error queue.
    public struct Entry: Sendable, Hashable {
        /// The packed error code, as `ERR_get_error(3)` gives it.
        public let code: UInt
        /// The reason in OpenSSL's words, such as "bad decrypt".
        public let reason: String
        /// The part of the library that it came from, such as "Provider routines".
        public let library: String
    }

    /// What was being done, in a few words: "read the private key".
    public let operation: String
    /// OpenSSL's own account, oldest first; empty where the failure was seen by this library itself.
    public let entries: [Entry]
    /// A reason seen by this library itself, where OpenSSL gave none.
    public let detail: String?

    public var description: String {
        let reasons = (detail.map { [$0] } ?? []) + entries.map(\.reason)
        return reasons.isEmpty ? "could not \(operation)" : "could not \(operation): \(reasons.joined(separator: "; "))"
    }

    init(_ operation: String, detail: String) {
        self.operation = operation
        self.entries = []
        self.detail = detail
        ERR_clear_error()
    }

    /// Takes everything out of this thread's error queue.
    init(draining operation: String) {
        var entries: [Entry] = []
        while case let code = ERR_get_error(), code != 0 {
            entries.append(
                Entry(
                    code: UInt(code),
                    reason: ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)",
                    library: ERR_lib_error_string(code).map { String(cString: $0) } ?? ""))
        }
        self.operation = operation
        self.entries = entries
        self.detail = nil
    }

    /// Whether some entry has this library and reason number (`ERR_LIB_…`, `…_R_…`).
    func has(library: Int32, reason: Int32) -> Bool {
        entries.contains { ERR_GET_LIB(UInt($0.code)) == library && ERR_GET_REASON(UInt($0.code)) == reason }
    }
}

/// Passes a positive status on, and turns anything else into an error with the queue's content.
@inline(__always)
func succeed(_ status: Int32, _ operation: @autoclosure () -> String) throws(OpenSSLError) {
    guard status > 0 else { throw OpenSSLError(draining: operation()) }
}

/// Passes a pointer on, and turns null into an error with the queue's content.
@inline(__always)
func required<Pointer>(_ pointer: Pointer?, _ operation: @autoclosure () -> String) throws(OpenSSLError) -> Pointer {
    guard let pointer else { throw OpenSSLError(draining: operation()) }
    return pointer
}
