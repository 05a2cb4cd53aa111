import Foundation
import Testing

/// Has the tests of a suite run on threads of their own: most of their time they wait for a daemon, and would keep the
/// few threads that all other tests share.
struct OnThreads: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
    }
}

extension Trait where Self == OnThreads {
    /// For tests that wait for daemons.
    static var onThreads: Self { OnThreads() }
}

private final class WaitingThreads: TaskExecutor, @unchecked Sendable {
    static let shared = WaitingThreads()
    // Safe to share: an OperationQueue takes work from any thread.
    private let queue = OperationQueue()

    private init() { queue.maxConcurrentOperationCount = 6 }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
