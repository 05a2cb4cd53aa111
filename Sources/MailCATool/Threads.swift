import Glibc

/// Threads of their own. Dispatch starts no more than there are cores, also while all of them wait for the disk.
enum Threads {
    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Does the same work on so many threads, this one among them, and waits for all.
    static func run(_ count: Int, _ body: @escaping @Sendable () -> Void) {
        var threads: [pthread_t] = []
        for _ in 1..<max(1, count) {
            let work = Unmanaged.passRetained(Work(body))
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { pointer in
                    if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque())
            // Without another thread it only takes longer.
            if status == 0 { threads.append(thread) } else { work.release() }
        }
        body()
        for thread in threads { pthread_join(thread, nil) }
    }
}
