import Domain
import Records

/// What generation needs of the ledger.
protocol Purse: Sendable {
    /// Sets the price of a picture aside, once for the picture.
    ///
    /// - Throws: `GenerationError.insufficientGems`.
    func hold(_ price: Gems, for picture: GenerationID, of user: UserID, requestKey: String) async throws

    /// Ends the hold: the picture is there.
    func capture(_ picture: GenerationID, of user: UserID) async throws

    /// Ends the hold: no picture will come. One that was never made is no error.
    func release(_ picture: GenerationID, of user: UserID) async throws

    /// Whether a person may paint with a model that has to be unlocked.
    func hasUnlocked(_ model: ModelRecord, _ user: UserID) async throws -> Bool
}
