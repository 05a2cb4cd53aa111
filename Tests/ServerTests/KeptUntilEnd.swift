import Foundation
import Glibc
import Synchronization

/// What is dear to make and only looked at: made for the first test that asks for it, and ended with the process.
final class KeptUntilEnd<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private final class Slot: Sendable {
        let value = Mutex<Result<Value, any Error>?>(nil)
    }

    private let make: @Sendable (Key) throws -> Value
    private let slots = Mutex<[Key: Slot]>([:])

    init(_ make: @escaping @Sendable (Key) throws -> Value) {
        self.make = make
        Leftovers.drop { [weak self] in self?.slots.withLock { $0.removeAll() } }
    }

    subscript(key: Key) -> Value {
        get throws {
            let slot = slots.withLock { slots in
                let slot = slots[key] ?? Slot()
                slots[key] = slot
                return slot
            }
            return try slot.value.withLock { value in
                let made = value ?? Result { try make(key) }
                value = made
                return made
            }.get()
        }
    }
}

/// What goes when the process ends by itself: directories and rooms that objects hold which nobody lets go of.
private enum Leftovers {
    private static let drops = Mutex<[@Sendable () -> Void]>([])
    private static let isRegistered = Mutex(false)

    static func drop(_ work: @escaping @Sendable () -> Void) {
        drops.withLock { $0.append(work) }
        isRegistered.withLock { done in
            guard !done else { return }
            done = true
            atexit { for drop in Leftovers.drops.withLock({ $0 }) { drop() } }
        }
    }
}
