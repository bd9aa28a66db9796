import Domain
import RedisClient
import Security

extension RedisKey {
    /// String: wrong passwords for a name in the last quarter of an hour (cache Redis). The name itself is not kept.
    static func loginFailures(_ login: String) -> RedisKey {
        RedisKey("auth", "login-failures", SHA256.hexDigest(NameRules.fold(login)))
    }
}
