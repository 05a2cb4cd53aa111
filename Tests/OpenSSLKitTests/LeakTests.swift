import Foundation
import Glibc
import Testing

/// `make asan` runs this with `MAILCA_LEAK`, and has to fail then: the proof that a leak would be found.
@Suite("Leaks")
struct LeakTests {
    @Test("Memory that is given up on purpose can be written to")
    func leak() {
        let isWanted = ProcessInfo.processInfo.environment["MAILCA_LEAK"] != nil
        var memory = malloc(4_321)
        #expect(memory != nil)
        memory.map { _ = memset($0, 7, 4_321) }
        if !isWanted { free(memory) }
        memory = nil
    }
}
