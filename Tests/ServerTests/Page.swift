import Foundation
import TestSupport
import Testing

/// A page of the documentation, as what it tells a reader to do.
struct Page: CustomTestStringConvertible, Sendable {
    /// What stands between two fences. The word behind the first says what it is.
    struct Block: Sendable {
        enum Kind: String {
            /// Pasted into a shell.
            case commands = "sh"
            /// What `mailca deploy` prints for a configuration.
            case lines = "conf"
            /// Shown, and nothing else: output, or a file of the user's own machine.
            case shown = "text"
        }

        let kind: Kind
        let text: String
        /// The heading that it stands under.
        let section: String
        /// Where it begins in the file.
        let line: Int
    }

    /// A fence that does not say what is in it: nobody knows whether that is to be run.
    struct Unmarked: Error, CustomStringConvertible {
        let description: String
    }

    let name: String
    let blocks: [Block]

    var testDescription: String { name }

    /// What is pasted, in its order.
    var commands: [Block] { blocks.filter { $0.kind == .commands } }

    /// - Parameter name: its path below docs.
    init(_ name: String) throws {
        self.name = name
        let text = try String(contentsOfFile: Page.checkout("docs/\(name)"), encoding: .utf8)
        var blocks: [Block] = []
        var open: (kind: Block.Kind, line: Int, text: [Substring])?
        var section = ""
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(
                        Block(
                            kind: block.kind, text: block.text.map { "\($0)\n" }.joined(), section: section,
                            line: block.line))
                    open = nil
                } else {
                    guard let kind = Block.Kind(rawValue: String(line.dropFirst(3))) else {
                        throw Unmarked(description: "docs/\(name):\(number + 1): \(line) is none of sh, conf, text")
                    }
                    open = (kind, number + 1, [])
                }
            } else if open != nil {
                open?.text.append(line)
            } else if line.hasPrefix("## ") {
                section = String(line.dropFirst(3))
            }
        }
        guard open == nil else { throw Unmarked(description: "docs/\(name): the last block does not end") }
        self.blocks = blocks
    }

    /// The path of a file in the checkout.
    static func checkout(_ path: String) -> String {
        URL(fileURLWithPath: Room.script("")).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: path).path(percentEncoded: false)
    }
}

extension Page.Block {
    /// The commands without what is said beside them: two blanks, a number sign and the rest of the line.
    var withoutComments: String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.range(of: "  #").map { line[..<$0.lowerBound].trimmingSuffix(" ") } ?? String(line)
        }.joined(separator: "\n")
    }

    /// The first words of lines that begin a command.
    var programs: Set<String> {
        var heredoc: Substring?
        var goesOn = false
        var words: Set<String> = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let end = heredoc {
                if line == end { heredoc = nil }
                continue
            }
            if !goesOn, let word = line.split(separator: " ").first { words.insert(String(word)) }
            goesOn = line.hasSuffix("\\") || line.hasSuffix("|")
            if let mark = line.range(of: "<<'") { heredoc = line[mark.upperBound...].prefix { $0 != "'" } }
        }
        return words.filter { !$0.contains("=") }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        String(self[..<(lastIndex { $0 != character }.map { index(after: $0) } ?? startIndex)])
    }
}
