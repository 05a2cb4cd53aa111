import Foundation
public import Testing

/// Has the tests of a suite run on threads of their own: most of their time they wait, and would keep the few threads
/// that all other tests share.
public struct OnThreads: SuiteTrait, TestTrait, TestScoping {
    public let isRecursive = true
    fileprivate let threads: WaitingThreads

    /// Whole suites, not only their tests one by one: what begins the tests would wait for the shared threads as well.
    public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? { self }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(threads) { try await function() }
    }
}

extension Trait where Self == OnThreads {
    /// For tests that wait for programs: `mailca` itself, other implementations, and daemons.
    public static var onThreads: Self { OnThreads(threads: .programs) }

    /// For tests that wait for time to pass, and do next to nothing else. Most of them are `timed` too.
    public static var onIdleThreads: Self { OnThreads(threads: .idle) }
}

private final class WaitingThreads: TaskExecutor, @unchecked Sendable {
    static let programs = WaitingThreads(6)
    static let idle = WaitingThreads(8)
    // Safe to share: an OperationQueue takes work from any thread.
    private let queue = OperationQueue()

    init(_ count: Int) { queue.maxConcurrentOperationCount = count }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
