import Foundation
import Glibc
import Synchronization

/// Lets nothing run for longer than it may. What hangs cannot be stopped within a process: the input is kept, named on
/// standard error, and the process ended.
public final class Watchdog: Sendable {
    /// CPU time that one input may take; the clock on the wall runs on while others are at work.
    public static let most = 5.0
    private static let mostOnTheWall: Duration = .seconds(600)

    private struct Work {
        let label: String
        let input: [UInt8]
        let begun: ContinuousClock.Instant
        let clock: clockid_t
        let cpu: Double
    }
    private let work = Mutex<Work?>(nil)
    private let isOver = Mutex(false)

    public init() {
        let thread = Thread { [weak self] in
            while self?.look() == true { usleep(200_000) }
        }
        thread.start()
    }

    deinit { isOver.withLock { $0 = true } }

    /// Does one thing.
    /// - Returns: what came of it, and the CPU seconds that it took.
    public func watch<Result>(
        _ label: String, _ input: [UInt8], _ body: () throws -> Result
    ) rethrows -> (result: Result, seconds: Double) {
        var clock = clockid_t()
        pthread_getcpuclockid(pthread_self(), &clock)
        let start = Self.seconds(clock)
        work.withLock { $0 = Work(label: label, input: input, begun: .now, clock: clock, cpu: start) }
        defer { work.withLock { $0 = nil } }
        let result = try body()
        return (result, Self.seconds(clock) - start)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func look() -> Bool {
        // Under the lock the thread that works cannot end, nor its clock.
        let late = work.withLock { work -> Work? in
            guard let work else { return nil }
            let isLate =
                Self.seconds(work.clock) - work.cpu > Self.most || work.begun.duration(to: .now) > Self.mostOnTheWall
            return isLate ? work : nil
        }
        if let late {
            let path = "\(NSTemporaryDirectory())/mailca-hang-\(getpid())"
            try? Data(late.input).write(to: URL(fileURLWithPath: path))
            FileHandle.standardError.write(
                Data("\(late.label) takes longer than \(Self.most) s; it is in \(path)\n".utf8))
            abort()
        }
        return !isOver.withLock { $0 }
    }
}
