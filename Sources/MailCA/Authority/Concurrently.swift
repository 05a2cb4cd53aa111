import Dispatch
import Synchronization

/// Does a piece of work for every index from 0 to `count`, on all cores where it is worth it.
/// - Parameter work: gets a range of indices, and returns one item for each of them.
/// - Returns: the items in order.
/// - Throws: the first failure in their order; what was not begun by then is left.
package func concurrently<Item: Sendable>(
    _ count: Int, _ work: @Sendable (Range<Int>) throws(MailCAError) -> [Item]
) throws(MailCAError) -> [Item] {
    // Below that, waking another thread takes as long as the work.
    guard count >= 8 else { return try work(0..<count) }
    let pieces = min(count, 32)
    let results = Mutex<[Int: Result<[Item], MailCAError>]>([:])
    let failed = Atomic(false)
    DispatchQueue.concurrentPerform(iterations: pieces) { piece in
        guard !failed.load(ordering: .relaxed) else { return }
        let range = count * piece / pieces..<count * (piece + 1) / pieces
        let result = Result { () throws(MailCAError) in try work(range) }
        if case .failure = result { failed.store(true, ordering: .relaxed) }
        results.withLock { $0[piece] = result }
    }
    return try results.withLock { (results) throws(MailCAError) in
        var items: [Item] = []
        items.reserveCapacity(count)
        for piece in 0..<pieces { if let result = results[piece] { items += try result.get() } }
        return items
    }
}
