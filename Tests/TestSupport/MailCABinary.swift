public import Foundation

extension Command {
    /// The `mailca` that this build made: beside the test bundle, or what `MAILCA_BINARY` names.
    public static var mailcaPath: String {
        if let named = ProcessInfo.processInfo.environment["MAILCA_BINARY"] { return named }
        var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appending(path: "mailca").path(percentEncoded: false)
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate, isDirectory: &isDirectory), !isDirectory.boolValue {
                return candidate
            }
            folder.deleteLastPathComponent()
        }
        return "mailca"
    }

    /// Runs `mailca` with these arguments.
    public static func mailca(
        _ arguments: [String], input: String = "", environment: [String: String] = [:], directory: String? = nil,
        timeout: TimeInterval = 300
    ) throws -> Outcome {
        try run(mailcaPath, arguments, input: input, environment: environment, directory: directory, timeout: timeout)
    }
}
