import Glibc
import Synchronization
import SystemPackage

/// Tells other processes that somebody is between taking a serial number and the end of the work with it.
///
/// It is a shared lock on the ledger's directory, which the kernel drops when the process ends, however it ends:
/// whoever can get the exclusive one knows that every unfinished entry was left behind.
final class Presence: Sendable {
    private let directory: FilePath
    private let state = Mutex<(holders: Int, descriptor: Int32)>((0, -1))

    init(directory: FilePath) { self.directory = directory.isEmpty ? "." : directory }

    deinit {
        state.withLock { Self.release($0.descriptor) }
    }

    /// Begins a piece of work. Waits for a process that is just closing what others left.
    func enter() {
        state.withLock { state in
            state.holders += 1
            guard state.holders == 1 else { return }
            state.descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            while state.descriptor >= 0 && flock(state.descriptor, LOCK_SH) != 0 && errno == EINTR {}
        }
    }

    /// Ends a piece of work.
    func leave() {
        state.withLock { state in
            guard state.holders > 0 else { return }
            state.holders -= 1
            guard state.holders == 0 else { return }
            Self.release(state.descriptor)
            state.descriptor = -1
        }
    }

    /// Lets go at once, also where a child process that is just being started has the descriptor too.
    private static func release(_ descriptor: Int32) {
        guard descriptor >= 0 else { return }
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Runs `work` while nobody else is at work; waits for that.
    func exclusively<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
        let descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { Self.release(descriptor) }
        if descriptor >= 0 { while flock(descriptor, LOCK_EX) != 0 && errno == EINTR {} }
        return try work()
    }

    /// Runs `work` while nobody is at work, or not at all where somebody is.
    func whenAlone<Result, Failure: Error>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result? {
        let descriptor = open(directory.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Self.release(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
        return try work()
    }
}
