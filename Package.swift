// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6, and no warning is let through.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "mailca",
    products: [
        .library(name: "MailCA", targets: ["OpenSSLKit", "MailCA", "SQLiteLedger", "MailLayouts", "MailVerify"]),
        .executable(name: "mailca", targets: ["MailCATool"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CIDN2", providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CProcess"),
        .systemLibrary(name: "CResolver"),
        .target(name: "OpenSSLKit", dependencies: ["COpenSSL", "CResolver"], swiftSettings: strict),
        .target(name: "MailCA", dependencies: ["OpenSSLKit", "CIDN2"], swiftSettings: strict),
        .target(
            name: "SQLiteLedger",
            dependencies: [
                "MailCA", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .target(
            name: "MailLayouts",
            dependencies: ["MailCA", "CProcess", .product(name: "SystemPackage", package: "swift-system")],
            path: "ca-layout",
            exclude: ["systemd"],
            swiftSettings: strict),
        .target(name: "MailVerify", dependencies: ["MailLayouts"], swiftSettings: strict),
        .executableTarget(
            name: "MailCATool",
            dependencies: [
                "MailVerify", "SQLiteLedger", "CProcess",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"), .product(name: "SwiftCSV", package: "SwiftCSV"),
            ],
            swiftSettings: strict),

        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "OpenSSLKitTests", dependencies: ["OpenSSLKit", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "MailCATests", dependencies: ["MailCA", "SQLiteLedger", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "SQLiteLedgerTests", dependencies: ["SQLiteLedger", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "MailLayoutsTests", dependencies: ["MailLayouts", "SQLiteLedger", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "MailVerifyTests", dependencies: ["MailVerify", "SQLiteLedger", "TestSupport"],
            swiftSettings: strict),
        .testTarget(name: "InteropTests", dependencies: ["MailCATool", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CommandTests", dependencies: ["MailCATool", "SQLiteLedger", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "MailCATool", "MailLayouts", "TestSupport", .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
    ]
)
