import MailLayouts
import Testing

/// A mistake in a directory: what `mailca verify` has to find, and what the real server does.
///
/// Commands and lines of logs have `%` for the directory, and commands `@` for what ``MistakeRoom`` has ready.
struct DirectoryMistake: Sendable, CustomTestStringConvertible {
    /// What a client sees, in the words that the finding has for it.
    enum Effect: String, Sendable {
        case doesNotStart = "does not start"
        case offersNoTLS = "does not offer STARTTLS"
        case hangs = "does not answer STARTTLS"
        case refusesTLS = "offers STARTTLS and refuses it when asked"
        case breaksTLS = "begins TLS, and every handshake fails"
        case isNotBelieved = "is not believed by clients that have only the root"
        case refusesUsers = "refuses every user's certificate"
        case relaysForNobody = "relays for none of its users"
        case defersUsers = "tells every user with a certificate to come again later"
        case admitsRevoked = "lets revoked users in"
        case goesOn = "goes on without it"
        /// Nothing that a client would see; the finding is about who else can read or change something.
        case serves = ""

        /// What cannot be told apart from outside.
        var seen: Effect {
            switch self {
            case .goesOn: .serves
            case .relaysForNobody: .refusesUsers
            default: self
            }
        }
    }

    let server: MailServer
    let name: String
    /// Shell, in the directory, as root.
    let change: String
    /// The id of the finding that predicts what the server does.
    let finding: String
    /// Those that come with it.
    let besides: Set<String>
    let effect: Effect
    /// What the server logs, and the finding predicts; nil where it logs nothing.
    let log: String?
    /// Who talks to the server: `hanako`, whose certificate is good, or who it is good for in the changed directory.
    let client: String

    init(
        _ server: MailServer, _ name: String, _ change: String, _ finding: String, _ effect: Effect,
        _ log: String? = nil,
        besides: Set<String> = [], client: String = "hanako"
    ) {
        self.server = server
        self.name = name
        self.change = change
        self.finding = finding
        self.besides = besides
        self.effect = effect
        self.log = log
        self.client = client
    }

    var testDescription: String { "\(server.title): \(name)" }

    static let all = sendmail + sendmailLists + postfix + exim + dovecot + cyrus + openSMTPD

    /// Commands that several servers' mistakes have in common.
    enum Change {
        static let leafLast = "cat ca-1.pem >x; openssl x509 -in cert.pem >>x; cat x >cert.pem; rm x"
        static let leafAlone = "openssl x509 -in cert.pem >x; cat x >cert.pem; rm x"
        static let certificateInDER = "openssl x509 -in cert.pem -outform DER -out x; cat x >cert.pem; rm x"
        static let keyEncrypted = "cat @/encrypted.key >privkey.pem"
        static let keyInDER = "cat @/der.key >privkey.pem"
        static let otherKey = "cat @/other.key >privkey.pem"
        static let noLists = "rm -f crl*.pem ca-crl.pem *.r0"
        static let emptyLists = "for f in crl*.pem; do : >$f; done; cat cacert.pem >ca-crl.pem"
        static let expired = "cp @/old/*.pem ."
        static let foreign = "cp @/foreign/crl*.pem .; cat cacert.pem crl.pem >ca-crl.pem"
        static let withoutRoots = without("crl-2.pem", with: "crl-1.pem")
        static let withoutSigners = without("crl-1.pem", with: "crl-2.pem")
        /// Lets the user 1000 read the key, as setfacl does.
        static let access = "python3 @/access-list privkey.pem"

        private static func without(_ one: String, with other: String) -> String {
            """
            for l in *.r0; do case $(readlink $l) in \(one)) rm $l;; esac; done
            rm \(one); cp \(other) crl.pem; cat cacert.pem crl.pem >ca-crl.pem
            """
        }
    }
}
