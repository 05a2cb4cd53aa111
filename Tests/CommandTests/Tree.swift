import Foundation
import Glibc

/// A directory as it is at one moment: every name below it with kind, mode and content.
struct Tree: Equatable, Sendable {
    enum Node: Equatable, Sendable {
        case directory(mode: mode_t)
        case file(mode: mode_t, content: Data)
        case link(to: String)
        case other
    }

    /// By path below the directory; the directory itself is the empty path.
    private(set) var nodes: [String: Node] = [:]

    /// - Parameter path: need not exist; then the tree is empty.
    init(_ path: String) { read(path, as: "") }

    private mutating func read(_ path: String, as name: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        let mode = status.st_mode & 0o7777
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            nodes[name] = .directory(mode: mode)
            for child in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                read("\(path)/\(child)", as: name.isEmpty ? child : "\(name)/\(child)")
            }
        case S_IFREG: nodes[name] = .file(mode: mode, content: FileManager.default.contents(atPath: path) ?? Data())
        case S_IFLNK:
            nodes[name] = .link(to: (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? "")
        default: nodes[name] = .other
        }
    }

    /// Makes the directory anew as it was.
    func write(to path: String) throws {
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
            let place = name.isEmpty ? path : "\(path)/\(name)"
            switch node {
            case .directory(let mode):
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                chmod(place, mode)
            case .file(let mode, let content):
                try content.write(to: URL(fileURLWithPath: place))
                chmod(place, mode)
            case .link(let target):
                try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: target)
            case .other: break
            }
        }
    }

    /// The paths of plain files and links.
    var names: [String] {
        nodes.filter { if case .directory = $0.value { false } else { true } }.keys.sorted()
    }

    /// `0600 home/ledger.sqlite`, `-> cert.pem certs/1a2b3c4d.0`, `0755 certs/`.
    var listing: [String] {
        nodes.filter { !$0.key.isEmpty }.sorted { $0.key < $1.key }.map { name, node in
            switch node {
            case .directory(let mode): "\(octal(mode)) \(name)/"
            case .file(let mode, _): "\(octal(mode)) \(name)"
            case .link(let target): "-> \(target) \(name)"
            case .other: "other \(name)"
            }
        }
    }

    /// What differs from an earlier tree, for a person to read; empty where nothing does.
    func changes(since earlier: Tree) -> [String] {
        Set(nodes.keys).union(earlier.nodes.keys).sorted().compactMap { name in
            switch (earlier.nodes[name], nodes[name]) {
            case (nil, .some): "new: \(name)"
            case (.some, nil): "gone: \(name)"
            case (let old, let new) where old != new: "changed: \(name)"
            default: nil
            }
        }
    }

    /// The content of a plain file.
    func content(_ name: String) -> Data? {
        if case .file(_, let content) = nodes[name] { content } else { nil }
    }

    func mode(_ name: String) -> mode_t? {
        switch nodes[name] {
        case .file(let mode, _), .directory(let mode): mode
        default: nil
        }
    }

    /// The tree without some of its paths.
    func without(_ isLeftOut: (String) -> Bool) -> Tree {
        var tree = self
        tree.nodes = nodes.filter { !isLeftOut($0.key) }
        return tree
    }
}

/// `0600`
func octal(_ mode: mode_t) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
