import MailLayouts
import SystemPackage

extension Snapshot {
    /// Every directory on the way to the files, and theirs, by the path as it is written and, where links are in it, as it
    /// really is.
    var directoriesOnTheWay: [FilePath] {
        Self.ways([FileContent.absolute(directory), FileContent.real(directory)])
    }

    /// The directories on the way to one file, those of what it is a link to included; the outermost first.
    func directories(to name: String) -> [FilePath] {
        let file = directory.appending(name)
        let starts = [FileContent.absolute(file), FileContent.real(file)].map { $0.removingLastComponent() }
        return Self.ways(starts).sorted { $0.components.count < $1.components.count }
    }

    private static func ways(_ starts: [FilePath]) -> [FilePath] {
        var seen: Set<FilePath> = []
        var all: [FilePath] = []
        for var path in starts {
            while seen.insert(path).inserted {
                all.append(path)
                guard !path.components.isEmpty else { break }
                path.removeLastComponent()
            }
        }
        return all
    }
}
