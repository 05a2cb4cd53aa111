/// Whose certificate it is: the name in the form in which names are compared, and the device.
public struct Holder: Sendable, Hashable {
    public let name: String
    public let device: String?

    public init(name: String, device: String?) {
        self.name = name
        self.device = device
    }
}
