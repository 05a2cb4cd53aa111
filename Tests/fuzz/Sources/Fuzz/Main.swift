import CFuzzer
import Foundation
import Glibc

/// `Fuzz DIRECTORY TARGET` and libFuzzer's own arguments runs a target; `Fuzz DIRECTORY TARGET seeds` writes what it
/// begins with into `DIRECTORY/seeds-TARGET`. In the directory is the CA of all inputs, made where it is not there.
@main
struct Main {
    /// What the inputs go to. Set before there is any.
    nonisolated(unsafe) private static var run: (([UInt8]) -> Void)?

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2, let target = FuzzTarget(rawValue: arguments[2]) else {
            print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
            exit(arguments.count > 1 ? 64 : 0)
        }
        let material = try Material(arguments[1])
        let seeds = try material.seeds(target)
        if arguments.dropFirst(3) == ["seeds"] { return }
        run = try target.body(material, seeds)
        var rest = ([arguments[0]] + arguments.dropFirst(3)).map { strdup($0) } + [nil]
        var count = Int32(rest.count - 1)
        let status = rest.withUnsafeMutableBufferPointer { buffer in
            var start = buffer.baseAddress
            return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
                Main.run?([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            }
        }
        exit(status)
    }
}
