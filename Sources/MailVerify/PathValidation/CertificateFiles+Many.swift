import Dispatch
public import MailCA
import MailLayouts
import OpenSSLKit
import Synchronization
public import SystemPackage

extension CertificateFiles {
    /// The names of files in a directory that certificates have, in order.
    /// - Throws: `MailCAError` where it cannot be read.
    public static func paths(in directory: FilePath) throws(MailCAError) -> [FilePath] {
        try FileContent.names(in: directory).filter { name in
            [".pem", ".crt", ".cer", ".der"].contains { name.lowercased().hasSuffix($0) }
        }.map { directory.appending($0) }
    }

    /// What came of many files.
    public struct Outcome: Sendable {
        /// How many certificates were validated.
        public var count = 0
        public var findings: [Finding] = []
    }

    /// Validates the first certificate of each file, on all cores. Where thousands are of the same CA, each takes little
    /// more than the check of its signature.
    ///
    /// A file that cannot be read is a finding among others; one that has a key or a list alone is passed over.
    /// - Parameter progress: told now and then, by any thread, how many more files are done.
    /// - Throws: `MailCAError` where the ledger cannot be read.
    public func verify(
        files: [FilePath], progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(MailCAError) -> Outcome {
        let revoked = try revokedNumbers()
        let paths = PlainPaths(validation)
        let pieces = (files.count + Self.pieceSize - 1) / Self.pieceSize
        let outcomes = Mutex<[Int: Outcome]>([:])
        let next = Atomic(0)
        let failure = Mutex<MailCAError?>(nil)
        DispatchQueue.concurrentPerform(iterations: min(pieces, Self.threads)) { _ in
            let checker = paths.map { PlainPaths.Checker($0) }
            while case let piece = next.add(1, ordering: .relaxed).oldValue, piece < pieces {
                let range = piece * Self.pieceSize..<min(files.count, (piece + 1) * Self.pieceSize)
                var outcome = Outcome()
                do throws(MailCAError) {
                    for path in files[range] { try look(at: path, revoked, paths, checker, &outcome) }
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                    return
                }
                // What is good leaves nothing behind but its count.
                outcomes.withLock { $0[piece] = outcome }
                progress(range.count)
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return outcomes.withLock { outcomes in
            (0..<pieces).reduce(into: Outcome()) { all, piece in
                all.count += outcomes[piece]?.count ?? 0
                all.findings += outcomes[piece]?.findings ?? []
            }
        }
    }

    private static let pieceSize = 64
    private static let threads = 64

    private func look(
        at path: FilePath, _ revoked: Set<SerialNumber>?, _ paths: PlainPaths?, _ checker: PlainPaths.Checker?,
        _ outcome: inout Outcome
    ) throws(MailCAError) {
        let bytes: [UInt8]
        do { bytes = try FileContent.read(path) } catch {
            // A directory among the files, or a pipe, is not one of them.
            if FileStatus(path, following: true)?.isDirectory == true { return }
            outcome.findings.append(
                Finding(
                    "certificate.unreadable", .error, path.string, error.message,
                    remedy: error.hint ?? "give it to whoever runs this command"))
            return
        }
        var plain: PlainCertificate?
        if let checker, let found = PlainPEM.certificates(bytes), let first = found.first {
            plain = PlainCertificate(der: first)
            if let plain, try !isTakenBack(plain.serialNumber, revoked),
                checker.accepts(plain, beside: found.dropFirst())
            {
                outcome.count += 1
                return
            }
        }
        if plain == nil && Self.hasNoCertificate(bytes) { return }
        outcome.count += 1
        do throws(MailCAError) {
            let (verdict, findings) = try judge(bytes, path.string)
            if let plain { paths?.learn(plain, verdict) }
            outcome.findings += findings
        } catch {
            guard error.code == .damaged else { throw error }
            outcome.findings.append(
                Finding(
                    "certificate.malformed", .error, path.string, error.message,
                    remedy: "have it made again, or take it out of the way"))
        }
    }

    /// Whether the CA took back what has this number.
    private func isTakenBack(_ number: SerialNumber, _ revoked: Set<SerialNumber>?) throws(MailCAError) -> Bool {
        if let revoked { return revoked.contains(number) }
        return try authority?.ledger.entry(number)?.revocation != nil
    }

    /// Whether a PEM file is whole and has other things in it alone.
    private static func hasNoCertificate(_ bytes: [UInt8]) -> Bool {
        guard !PEMBlock.isDER(bytes), let blocks = try? PEMBlock.blocks(in: bytes), !blocks.isEmpty else {
            return false
        }
        return !blocks.contains { $0.label.hasSuffix("CERTIFICATE") }
    }

    /// What the CA took back; nil where that is too much to be kept at hand.
    private func revokedNumbers() throws(MailCAError) -> Set<SerialNumber>? {
        guard let ledger = authority?.ledger else { return [] }
        let query = LedgerQuery(isRevoked: true)
        guard try ledger.count(query) <= 100_000 else { return nil }
        var numbers: Set<SerialNumber> = []
        try ledger.forEachEntry(query) { (entry) throws(MailCAError) in numbers.insert(entry.serialNumber) }
        return numbers
    }
}
