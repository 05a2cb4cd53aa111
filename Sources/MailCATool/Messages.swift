import Glibc
import Logging
import MailCA

/// What is said beside the result: to standard error, `mailca: error: …`, `mailca: hint: …`.
enum Messages {
    private static let logger = Logger(label: "mailca")

    static func start() { LoggingSystem.bootstrap { _ in StandardErrorHandler() } }

    static func error(_ error: MailCAError) {
        logger.error("\(error.message)")
        if let hint = error.hint { logger.info("\(hint)") }
    }

    static func warning(_ text: String) { logger.warning("\(text)") }
    static func note(_ text: String) { logger.notice("\(text)") }

    /// Says at a terminal what takes over a second.
    static func noteWork(on count: Int) {
        if count > 50_000 && isatty(STDERR_FILENO) == 1 { note("\(count) certificates are being copied and checked") }
    }
}

/// Writes log messages in the form of a command's own words.
private struct StandardErrorHandler: LogHandler {
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let word =
            switch event.level {
            case .error, .critical: "error"
            case .warning: "warning"
            case .info: "hint"
            default: "note"
            }
        Output.write("mailca: \(word): \(event.message)\n", to: STDERR_FILENO)
    }
}
