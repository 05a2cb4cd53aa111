/// Makes one broken input after the other from a sound one: the same with the same seed.
public protocol Mutator {
    mutating func next() -> DERMutator.Mutant
}

extension DERMutator: Mutator {}
extension PEMMutator: Mutator {}
