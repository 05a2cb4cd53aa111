import Synchronization
public import Testing

/// Has tests whose outcome depends on the clock tried again where they fail, three times in all: a busy machine stands
/// still for seconds now and then, while what really is too slow is so every time. What failed before stands in the
/// output as a known issue.
public struct Timed: SuiteTrait, TestTrait, TestScoping {
    private static let attempts = 3

    public let isRecursive = true

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        for _ in 1..<Self.attempts {
            if try await succeeds(function) { return }
        }
        try await function()
    }

    private func succeeds(_ function: @Sendable () async throws -> Void) async throws -> Bool {
        let hasFailed = Mutex(false)
        try await withKnownIssue("tried again", isIntermittent: true) {
            try await function()
        } matching: { _ in
            hasFailed.withLock { $0 = true }
            return true
        }
        return hasFailed.withLock { !$0 }
    }
}

extension Trait where Self == Timed {
    /// For tests whose outcome depends on the clock.
    public static var timed: Self { Timed() }
}
