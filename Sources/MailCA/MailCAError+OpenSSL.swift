import OpenSSLKit

extension MailCAError {
    /// An OpenSSL failure that no input of the user's can have caused.
    init(internal error: OpenSSLError) {
        self.init(.internalFault, error.description, cause: error)
    }
}

/// Runs work of OpenSSL's that is not expected to fail, and reports a failure as our own fault.
func crypto<Result: ~Copyable>(_ work: () throws(OpenSSLError) -> Result) throws(MailCAError) -> Result {
    do { return try work() } catch { throw MailCAError(internal: error) }
}
