import MailCA
import OpenSSLKit

extension SendmailConfiguration {
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] { [] }
}
public enum DovecotConfiguration {
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] { [] }
    public static let requirements = ""
}
public enum CyrusConfiguration {
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] { [] }
    public static let requirements = ""
}
extension SendmailAccess {
    static func map(of authority: Authority, listing subjects: [DistinguishedName]) throws(MailCAError) -> String { "" }
}
