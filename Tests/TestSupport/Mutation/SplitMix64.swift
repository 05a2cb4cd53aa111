import Foundation

/// Random numbers that are the same again for the same seed (Steele, Lea and Flood, 2014).
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True once in `count`.
    mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}

/// From where the mutations of a run come, and how many there are.
public enum Mutations {
    /// `MAILCA_SEED`; without it always the same.
    public static let seed: UInt64 =
        ProcessInfo.processInfo.environment["MAILCA_SEED"].flatMap { UInt64($0) } ?? 20_261_126

    /// How many of each kind: `MAILCA_MUTATIONS`, or 1,000.
    public static let count = ProcessInfo.processInfo.environment["MAILCA_MUTATIONS"].flatMap { Int($0) } ?? 1_000

    /// What to say of a failure, so that it can be had again.
    public static func label(_ kind: String, _ index: Int, _ what: String) -> String {
        "\(kind) \(index) of MAILCA_SEED=\(seed): \(what)"
    }
}
