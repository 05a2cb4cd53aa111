import MailCA

/// What MailCA shares out among threads, in one: an input does the same each time.
func concurrently<Item: Sendable>(
    _ count: Int, _ work: @Sendable (Range<Int>) throws(MailCAError) -> [Item]
) throws(MailCAError) -> [Item] { try work(0..<count) }
