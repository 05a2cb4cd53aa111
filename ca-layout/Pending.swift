import MailCA
import OpenSSLKit

extension SendmailConfiguration {
    public static func fragments(_ request: ConfigurationRequest) -> [ConfigurationFragment] { [] }
}
extension SendmailAccess {
    static func map(of authority: Authority, listing subjects: [DistinguishedName]) throws(MailCAError) -> String { "" }
}
