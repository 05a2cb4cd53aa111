/// A program or system into which people import `.p12` files.
public enum Importer: String, Sendable, Hashable, CaseIterable {
    case openSSL = "openssl-3"
    case nss
    case java
    case gnuTLS = "gnutls"
    case windows
    case oldWindows = "windows-old"
    case macOS = "macos"
    case oldMacOS = "macos-old"
    case iOS = "ios"
    case oldIOS = "ios-old"
    case android
    case oldAndroid = "android-old"

    /// For people.
    public var name: String {
        switch self {
        case .openSSL: "OpenSSL 3"
        case .nss: "Thunderbird, Firefox (NSS)"
        case .java: "Java 17"
        case .gnuTLS: "GnuTLS"
        case .windows: "Windows 10, Server 2019 and later"
        case .oldWindows: "Windows 8.1, Server 2016 and earlier"
        case .macOS: "macOS 15 and later"
        case .oldMacOS: "macOS up to 14"
        case .iOS: "iOS 18 and later"
        case .oldIOS: "iOS up to 17"
        case .android: "Android 14 and later"
        case .oldAndroid: "Android up to 13"
        }
    }

    /// Whether what is said of it comes from trying; else from what others report.
    public var isTried: Bool { [.openSSL, .nss, .java, .gnuTLS].contains(self) }

    /// Whether it is a system of which there is a newer one in this list.
    public var isOld: Bool { [.oldWindows, .oldMacOS, .oldIOS, .oldAndroid].contains(self) }

    /// Whether it can import a file.
    public struct Verdict: Sendable, Hashable {
        public enum Answer: String, Sendable, Hashable {
            case yes, no
            /// Reports differ, or there are none.
            case unsure
        }

        public let answer: Answer
        /// Why not; nil where it can.
        public let reason: String?

        static let yes = Verdict(answer: .yes, reason: nil)
        static func no(_ reason: String) -> Verdict { Verdict(answer: .no, reason: reason) }
        static func unsure(_ reason: String) -> Verdict { Verdict(answer: .unsure, reason: reason) }
    }
}
