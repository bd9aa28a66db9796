import BSON
package import Domain
import Records

/// What a person's entries add up to, after the newest of them. Each entry carries it, so one read tells everything.
package struct LedgerHead: Equatable, Sendable {
    /// Number of the newest entry; 0 before the first.
    package var seq: Int64 = 0
    package var balance: Gems = 0
    /// Taken back beyond what there was; later earnings pay it first.
    package var debt: Gems = 0
    /// Everything ever credited as earned.
    package var earned: Gems = 0
    /// Everything spent for good; open and voided holds are not in it.
    package var spent: Gems = 0
    /// In open holds.
    package var held: Gems = 0
    /// Vote gems 1 to this one are paid at present.
    package var paidGems: Int64 = 0
    /// The highest vote gem that was ever paid.
    package var peakGem: Int64 = 0
    /// The UTC day of the newest emission to the person, and how much that was on it, before debts. Gifts are no emission.
    package var day = ""
    package var earnedOnDay: Gems = 0
    package var adFreeUntil: Instant?
    package var hash = [UInt8](repeating: 0, count: 32)
    package var createdAt = Instant(milliseconds: 0)

    package init() {}

    /// When the next entry is made: never before this one, whatever the clock does. Whoever decides by the day of an entry
    /// asks here for it, else a clock that was set back across midnight opens a day anew that is full.
    package func nextTime(clock: Instant) -> Instant { max(clock, createdAt) }

    /// Earned so far on the UTC day of an entry made at `time`.
    package func earned(onDayOf time: Instant) -> Gems { day == time.utcDay ? earnedOnDay : 0 }

    /// The part that only the head knows; the rest are fields of the entry.
    var document: BSONDocument {
        var document: BSONDocument = [
            "earned": .gems(earned), "spent": .gems(spent), "held": .gems(held), "paidGems": .int64(paidGems),
            "peakGem": .int64(peakGem), "day": .string(day), "earnedOnDay": .gems(earnedOnDay),
        ]
        document.append("adFreeUntil", ifPresent: adFreeUntil.map { .instant($0) })
        return document
    }

    /// The same as `document`, written out.
    func write(to writer: inout BSONWriter) {
        writer.field("earned", earned.count)
        writer.field("spent", spent.count)
        writer.field("held", held.count)
        writer.field("paidGems", paidGems)
        writer.field("peakGem", peakGem)
        writer.field("day", day)
        writer.field("earnedOnDay", earnedOnDay.count)
        if let adFreeUntil { writer.field("adFreeUntil", date: adFreeUntil.milliseconds) }
    }

    mutating func read(_ document: BSONDocument) throws(BSONError) {
        earned = try document.requireGems("earned")
        spent = try document.requireGems("spent")
        held = try document.requireGems("held")
        paidGems = try document.requireInt64("paidGems")
        peakGem = try document.requireInt64("peakGem")
        day = try document.requireString("day")
        earnedOnDay = try document.requireGems("earnedOnDay")
        adFreeUntil = document.instant("adFreeUntil")
    }
}
