import Domain
import ObjectStore
import ServiceKit

extension Variable {
    static let mediaSigningSecret = Variable(
        "MEDIA_SIGNING_SECRET", .secret(minimum: MediaSigner.shortestSecret),
        "Signs addresses of pictures that not everybody may see; the same as generation's.")
}

extension PictureAddresses {
    /// How long a signed address of a picture works.
    private static let lifetime = Duration.hours(1)

    init(_ configuration: Configuration) {
        guard let signer = MediaSigner(secret: configuration.string(.mediaSigningSecret)) else {
            preconditionFailure("the configuration admits a secret that is too short")
        }
        sign = { signer.sign($0, until: .now() + Self.lifetime) }
    }
}
