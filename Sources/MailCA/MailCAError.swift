/// What this library refuses or could not do: what failed, on which name or file, and what to do next.
public struct MailCAError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is. Programs decide by this, never by the text.
    public enum Code: String, Sendable, CaseIterable {
        /// A name is malformed, or of a kind that no mail server could use.
        case invalidName
        /// A well-formed name that this CA was not made for.
        case notPermitted
        /// A number of days, a key algorithm, a combination that is not allowed.
        case invalidParameters
        /// A certification request that cannot be believed.
        case invalidRequest
        /// What was to be made is there already.
        case alreadyExists
        case notFound
        /// The key is encrypted and the passphrase does not open it.
        case wrongPassphrase
        /// The key is encrypted and there is no passphrase.
        case passphraseNeeded
        /// The CA's key is not on this machine.
        case keyNotHere
        /// A file of ours cannot be read as what it should be.
        case damaged
        /// The ledger was written by a later version of this software.
        case ledgerIsNewer
        /// Somebody else holds the lock for longer than one would wait.
        case busy
        /// Others may still believe what was published before.
        case tooEarly
        case noSpace
        case permissionDenied
        case inputOutput
        /// A mail server does not run, or does not do what it was told.
        case serviceUnavailable
        /// Our own output did not pass our own checks: nothing was published.
        case internalFault
    }

    public let code: Code
    /// One sentence without a full stop: what failed, and on what.
    public let message: String
    /// What to do about it.
    public let hint: String?
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    public var description: String { hint.map { "\(message) (\($0))" } ?? message }
}
