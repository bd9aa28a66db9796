import ObjectStore
import ServiceKit

extension Variable {
    static let objectStoreURL = Variable(
        "OBJECT_STORE_URL", .url(schemes: ["file", "s3"]),
        "Where pictures live: file:///folder (local profile only) or s3://bucket?endpoint=https://host:port&region=….")
    static let objectStoreAccessKey = Variable(
        "AWS_ACCESS_KEY_ID", .text, optional: true, "Access key of the bucket.")
    static let objectStoreSecretKey = Variable(
        "AWS_SECRET_ACCESS_KEY", .secret(minimum: 1), optional: true, "The access key's secret.")
    static let mediaSigningSecret = Variable(
        "MEDIA_SIGNING_SECRET", .secret(minimum: MediaSigner.shortestSecret),
        "Signs the addresses of pictures that not everybody may see; the same in feed.")
    static let painters = Variable(
        "GENERATION_PAINTERS", .integer(1...64), default: "2", "Pictures painted at once in a dispatch worker.")

    static let lease = Variable(
        "GENERATION_LEASE_SECONDS", .integer(3...600), default: "30",
        "After so long without a sign of life, a job is handed to another worker.")

    static let generation: [Variable] = [
        objectStoreURL, objectStoreAccessKey, objectStoreSecretKey, mediaSigningSecret, painters, lease,
    ]
}
