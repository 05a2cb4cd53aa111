// swift-tools-version: 6.2
import PackageDescription

/// What fuzzes the parsers. A package of its own: it is built with libFuzzer and the address sanitizer, and nobody who
/// builds mailca needs it. See `make fuzz`.
let package = Package(
    name: "mailca-fuzz",
    dependencies: [
        .package(name: "mailca", path: "../.."),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
    ],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "CFuzzer", .product(name: "MailCA", package: "mailca"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "SwiftCSV", package: "SwiftCSV"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault")]),
    ]
)
