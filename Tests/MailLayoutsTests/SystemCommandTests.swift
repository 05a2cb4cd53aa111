import MailCA
import TestSupport
import Testing

@testable import MailLayouts

@Suite("Programs of the system's", .onThreads)
struct SystemCommandTests {
    private func shell(_ script: String) throws -> SystemCommand {
        try #require(SystemCommand("/bin/sh", ["-c", script]))
    }

    @Test("What it prints and how it ended is told, and its last words are not lost")
    func outcome() throws {
        let outcome = try shell("echo one; echo two >&2; exit 3").run()
        #expect(outcome.status == 3 && outcome.output == "one\ntwo\n")
        #expect(try shell("kill -9 $$").run().status == 128 + 9)
        #expect(try shell("head -c 200000 /dev/zero").run().output.utf8.count >= 64 << 10)
        #expect(SystemCommand("no-such-program") == nil)
    }

    @Test("A daemon that it leaves behind, however much that says, holds nobody up", .timed)
    func daemon() throws {
        let start = ContinuousClock.now
        #expect(try shell("(timeout 20 yes & ) ; exit 0").run().status == 0)
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("One that does not end is ended, whether it says much, nothing, or will say nothing any more", .timed)
    func endless() throws {
        for script in ["exec yes", "exec sleep 60", "exec sleep 60 >/dev/null 2>&1"] {
            let start = ContinuousClock.now
            let error = #expect(throws: MailCAError.self, "\(script)") { try shell(script).run(seconds: 1) }
            #expect(error?.code == .serviceUnavailable && ContinuousClock.now - start < .seconds(5))
        }
    }
}
