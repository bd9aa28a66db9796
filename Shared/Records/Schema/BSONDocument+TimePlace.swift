package import BSON
package import Domain

extension BSONDocument {
    /// Which way a list by time runs.
    package enum TimeOrder: String {
        case newestFirst = "$lt"
        case oldestFirst = "$gt"
    }

    /// Leaves of a list that is sorted by a time and then by an id what lies behind a place; everything where there is none.
    package mutating func append<Tag>(
        behind place: TimePlace<Tag>?, _ order: TimeOrder = .newestFirst, time: String = "createdAt", id: String = "_id"
    ) {
        guard let place else { return }
        let apart: BSONDocument = [time: [order.rawValue: .instant(place.time)]]
        let tied: BSONDocument = [time: .instant(place.time), id: [order.rawValue: .id(place.id)]]
        append("$or", [.document(apart), .document(tied)])
    }
}
