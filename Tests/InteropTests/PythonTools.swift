import Foundation
import TestSupport

/// The Python programs that `Tests/interop/prepare` installs, and our own `check.py` on top of them.
enum PythonTools {
    struct NotPrepared: Error, CustomStringConvertible {
        var description: String {
            "Python's cryptography and pkilint are not there. Get them with: Tests/interop/prepare"
        }
    }

    private static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs a sub-command of `Tests/interop/check.py`.
    static func check(_ arguments: [String]) throws -> Verdict {
        let script = checkout.appending(path: "Tests/interop/check.py").path(percentEncoded: false)
        // Isolated, so that nothing of the caller's Python gets in; UTF-8, whatever the locale.
        return Verdict(try Command.run(try python(), ["-I", "-X", "utf8", script] + arguments))
    }

    /// The environment's own, which has a stamp once it is whole.
    private static func python() throws -> String {
        let build = checkout.appending(path: ".build-interop")
        let path = build.appending(path: "venv/bin/python").path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: build.appending(path: "stamp").path(percentEncoded: false)),
            FileManager.default.isExecutableFile(atPath: path)
        else { throw NotPrepared() }
        return path
    }
}
