import ArgumentParser

/// Which findings `mailca verify` is to show, and what is made of them.
struct FindingOptions: ParsableArguments {
    @Flag(help: "Say what can be found, what it means and how it is mended (docs/findings.md), and look at nothing.")
    var listFindings = false
}
