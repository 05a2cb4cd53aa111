import OpenSSLKit
import Testing

@testable import MailCA

@Suite("MailCAError")
struct MailCAErrorTests {
    @Test("It says what failed, then what to do")
    func description() {
        #expect(MailCAError(.notFound, "there is none", hint: "Make one.").description == "there is none (Make one.)")
        #expect(MailCAError(.notFound, "there is none").description == "there is none")
    }

    @Test("A failure of OpenSSL's that no input caused is our own fault, and keeps its cause")
    func openSSL() throws {
        let error = try #require(
            #expect(throws: MailCAError.self) {
                try crypto { () throws(OpenSSLError) in try Certificate(der: [0]) }
            })
        #expect(error.code == .internalFault)
        let cause = try #require(error.cause as? OpenSSLError)
        #expect(cause.operation == "read the certificate")
        #expect(error.message == cause.description)
    }
}
