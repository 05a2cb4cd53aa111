import Glibc
import Synchronization

/// Work of the system's that knows no time limit: it is done in a thread of its own, which is left alone when time is up.
enum DetachedWork {
    /// - Throws: `timedOut`, and `system` where there is no thread to be had.
    static func run<Result: Sendable>(
        _ operation: String, _ deadline: Deadline, _ work: @escaping @Sendable () -> Result
    ) throws(TLSConnection.Failure) -> Result {
        var ends: [Int32] = [-1, -1]
        // Close-on-exec, which pipe(2) cannot make at once: a program that another thread starts just now would keep it
        // open, and nobody would hear the end.
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw .init(system: errno, operation)
        }
        defer { close(ends[0]) }
        let (result, done) = (Box<Result>(), ends[1])
        let task = Task {
            let value = work()
            result.value.withLock { $0 = value }
            // The other end hears that.
            close(done)
        }
        guard task.start() else {
            close(done)
            throw .init(.system, operation, detail: "no thread could be started")
        }
        var event = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        while poll(&event, 1, deadline.milliseconds) <= 0 {
            if deadline.hasPassed { throw .init(.timedOut, operation) }
        }
        guard let value = result.value.withLock({ $0 }) else { throw .init(.system, operation) }
        return value
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }

    private final class Task: Sendable {
        private let work: @Sendable () -> Void

        init(_ work: @escaping @Sendable () -> Void) { self.work = work }

        func start() -> Bool {
            var thread = pthread_t()
            // The thread keeps us alive until it is through.
            let reference = Unmanaged.passRetained(self)
            let status = pthread_create(
                &thread, nil,
                { reference in
                    if let reference { Unmanaged<Task>.fromOpaque(reference).takeRetainedValue().work() }
                    return nil
                }, reference.toOpaque())
            guard status == 0 else {
                reference.release()
                return false
            }
            pthread_detach(thread)
            return true
        }
    }
}
