import Glibc

/// A moment after which nothing is waited for any more, by a clock that nobody can set.
public struct Deadline: Sendable, Hashable {
    private let end: Int64

    /// - Parameter time: from now; none at all where it is negative.
    public init(in time: Duration) { end = Self.now &+ Self.nanoseconds(max(.zero, time)) }

    private init(end: Int64) { self.end = end }

    /// Zero when it has passed.
    public var remaining: Duration { .nanoseconds(max(0, end - Self.now)) }
    public var hasPassed: Bool { end <= Self.now }

    /// The time that is left divided by a number of attempts, for the first of them.
    func share(of attempts: Int) -> Deadline {
        let now = Self.now
        return Deadline(end: now + max(0, end - now) / Int64(max(1, attempts)))
    }

    /// For poll(2), rounded up: 0 only when it has passed.
    var milliseconds: Int32 { Int32(clamping: (max(0, end - Self.now) + 999_999) / 1_000_000) }

    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Limited to a century.
    private static func nanoseconds(_ time: Duration) -> Int64 {
        let (seconds, attoseconds) = time.components
        return min(seconds, 3_155_760_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
