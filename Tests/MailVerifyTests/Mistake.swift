import Foundation
import MailCA
import MailLayouts
import OpenSSLKit
import Synchronization
import Testing

@testable import MailVerify

/// Something that is wrong, made on purpose, and exactly the findings that it has to raise.
struct Mistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: Set<String>
    private let outcome: Outcome

    /// What it raises; it is made once, for whoever asks first.
    private final class Outcome: Sendable {
        private let findings: @Sendable () throws -> [Finding]
        private let found = Mutex<Result<[Finding], any Error>?>(nil)

        init(_ findings: @escaping @Sendable () throws -> [Finding]) { self.findings = findings }

        func get() throws -> [Finding] {
            try found.withLock { found in
                let result = found ?? Result { try findings() }
                found = result
                return try result.get()
            }
        }
    }

    func findings() throws -> [Finding] { try outcome.get() }

    private init(_ what: String, _ expected: Set<String>, _ findings: @escaping @Sendable () throws -> [Finding]) {
        testDescription = what
        self.expected = expected
        outcome = Outcome(findings)
    }

    /// Anywhere.
    static func anywhere(
        _ what: String, raises expected: Set<String>, findings: @escaping @Sendable () throws -> [Finding]
    ) -> Mistake {
        Mistake(what, expected, findings)
    }

    /// Whose CA a directory is of.
    enum Origin: Sendable {
        /// One that nobody changes.
        case shared
        /// One for this mistake alone, which lives so long; nil for as long as usual.
        case own(days: Int? = nil)
    }

    /// In a directory.
    /// - Parameters:
    ///   - knowsCA: whether the CA of the directory is that of the machine.
    ///   - servers: who reads it; nil where nobody said.
    init(
        _ what: String, in layout: Layout = .rootAlone, of origin: Origin = .shared, raises expected: Set<String>,
        knowsCA: Bool = false, for servers: [MailServer]? = nil, at time: Date = now,
        _ change: @escaping @Sendable (Fixture) throws -> Void = { _ in }
    ) {
        self.init("\(what), in a directory of the kind \(layout)", expected) {
            let material =
                switch origin {
                case .shared: try Material.shared(layout)
                case .own(let days): try Material(layout, days: days)
                }
            let fixture = try Fixture(material)
            try change(fixture)
            return try fixture.findings(knowsCA: knowsCA, for: servers, now: time)
        }
    }

    /// Makes it, and looks whether it is found, with the right severity and in a form that can be shown.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let findings = try findings()
        #expect(Set(findings.map(\.id)) == expected, "\(findings)", sourceLocation: sourceLocation)
        for finding in findings {
            #expect(
                FindingCatalogue.kind(finding.id)?.severities.contains(finding.severity) == true, "\(finding)",
                sourceLocation: sourceLocation)
            #expect(!finding.subject.isEmpty && !finding.remedy.isEmpty, "\(finding)", sourceLocation: sourceLocation)
            #expect(
                !finding.message.isEmpty && !finding.message.hasSuffix(".") && !finding.message.contains("\n"),
                "\(finding)", sourceLocation: sourceLocation)
        }
    }
}
