import Foundation
import TestSupport

/// Another process that is at work: it holds a shared lock on a directory until it is killed.
final class Holder {
    private let process = Process()

    init(directory: String) throws {
        guard let flock = Command.find("flock") else {
            throw Command.Failure.missing("flock", install: "apt-get install util-linux")
        }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: flock)
        // --no-fork: the process that has the lock is the one that will be killed.
        process.arguments = ["--shared", "--no-fork", directory, "sh", "-c", "echo held; exec sleep 60"]
        process.standardOutput = output
        try process.run()
        _ = try output.fileHandleForReading.read(upToCount: 5)
    }

    deinit { kill() }

    var pid: Int32 { process.processIdentifier }

    /// Ends it as a power cut would.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
