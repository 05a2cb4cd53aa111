import FoundationEssentials
import OpenSSLKit

/// What was changed in the configuration of a mail server, remembered so that it can be taken back: byte for byte where
/// nobody changed the files since, else setting by setting.
public struct ConfigurationRecord: Sendable, Hashable, Codable {
    /// A file as it was and as it became.
    public struct File: Sendable, Hashable, Codable {
        public let path: String
        /// SHA-256 of what it was, in hexadecimal; nil where there was none.
        public let original: String?
        /// SHA-256 of what was written instead; nil where the file was taken away. While a command is under way there
        /// is more than one, because nobody knows yet how far it will come.
        public var ours: Set<String?>
        /// The path under which the original is kept.
        public var copy: String?

        public init(path: String, original: String?, ours: Set<String?>, copy: String? = nil) {
            self.path = path
            self.original = original
            self.ours = ours
            self.copy = copy
        }
    }

    /// A setting in one of the files.
    public struct Setting: Sendable, Hashable, Codable {
        public let file: String
        public let name: String
        /// What it was; nil where it was not set.
        public let original: String?
        /// What it was set to; nil where it was taken out.
        public var ours: Set<String?>

        public init(file: String, name: String, original: String?, ours: Set<String?>) {
            self.file = file
            self.name = name
            self.original = original
            self.ours = ours
        }
    }

    /// By what the server's layout is called.
    public let server: String
    /// The deployment's directory.
    public let directory: String
    public var files: [File]
    public var settings: [Setting]

    public init(server: String, directory: String, files: [File] = [], settings: [Setting] = []) {
        self.server = server
        self.directory = directory
        self.files = files
        self.settings = settings
    }

    /// What is to be remembered while it takes the place of an earlier one: what either of them wrote is ours.
    public func replacing(_ earlier: ConfigurationRecord?) -> ConfigurationRecord {
        guard let earlier else { return self }
        var record = self
        for file in earlier.files {
            if let index = record.files.firstIndex(where: { $0.path == file.path }) {
                record.files[index].ours.formUnion(file.ours)
            } else {
                record.files.append(file)
            }
        }
        for setting in earlier.settings {
            let index = record.settings.firstIndex { $0.file == setting.file && $0.name == setting.name }
            if let index {
                record.settings[index].ours.formUnion(setting.ours)
            } else {
                record.settings.append(setting)
            }
        }
        return record
    }

    /// SHA-256 of it all: what the act that entered it last stands for.
    public var contentDigest: [UInt8] {
        var fields = DigestInput()
        fields.append(server)
        fields.append(directory)
        for file in files {
            fields.append(file.path)
            fields.append(file.original)
            fields.append(file.ours)
            fields.append(file.copy)
        }
        for setting in settings {
            fields.append(setting.file)
            fields.append(setting.name)
            fields.append(setting.original)
            fields.append(setting.ours)
        }
        return fields.sha256
    }
}

extension DigestInput {
    /// In an order of their own, after how many they are.
    fileprivate mutating func append(_ values: Set<String?>) {
        append(Int64(values.count))
        for value in values.sorted(by: { ($0 ?? "", $0 != nil ? 1 : 0) < ($1 ?? "", $1 != nil ? 1 : 0) }) {
            append(value)
        }
    }
}
