import CFuzzer
import Foundation
import Glibc

/// `Fuzz TARGET seeds DIRECTORY` writes the inputs that one begins with; `Fuzz TARGET` and libFuzzer's own arguments
/// runs one.
@main
struct Main {
    /// What the inputs go to. Set before there is any.
    nonisolated(unsafe) private static var run: (([UInt8]) -> Void)?

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
            print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
            exit(arguments.count > 1 ? 64 : 0)
        }
        let material = try Material()
        if arguments.count == 4, arguments[2] == "seeds" {
            for (name, bytes) in try target.seeds(material) {
                try Data(bytes).write(to: URL(fileURLWithPath: "\(arguments[3])/\(name)"))
            }
            return
        }
        run = try target.body(material)
        var rest = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
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
