import Domain
import Ledger
import Records

/// The ledger as generation uses it. A hold is named by the picture's id.
struct LedgerPurse: Purse {
    let ledger: Ledger

    func hold(_ price: Gems, for picture: GenerationID, of user: UserID, requestKey: String) async throws {
        do {
            try await ledger.hold(
                price, of: user, as: picture.hex, requestKey: requestKey,
                reference: (type: "generation", id: picture.hex),
                description: "A picture is being painted")
        } catch .refused(.insufficientGems) {
            throw GenerationError.insufficientGems
        }
    }

    func capture(_ picture: GenerationID, of user: UserID) async throws {
        try await ledger.capture(picture.hex, of: user, description: "A picture was painted")
    }

    func release(_ picture: GenerationID, of user: UserID) async throws {
        do {
            try await ledger.void(picture.hex, of: user, description: "No picture came of it")
        } catch .refused(.nothingToClose) {
            // The hold was never made: there is nothing to give back.
        }
    }

    func hasUnlocked(_ model: ModelRecord, _ user: UserID) async throws -> Bool {
        try await ledger.owns(user, productID: model.unlockProductID)
    }
}
