/// How far one listener has come in one room, for the verification.
struct Follower: Codable, Sendable {
    /// Missing messages kept by number, to recognise them when they come late; more are only counted.
    static let missingLimit = 4096

    let room: Int
    /// Where the next message is expected in the room's order.
    var next = 0
    /// Where its first message stands, where that may be any; what stands before that is not missing.
    var first: Int?
    var missing: [UInt32] = []
    var missingBeyondLimit = 0
    /// Whether a `gap` was told since the last message: what is missing next is not lost untold.
    var gapWasTold = false
    /// Whether a `gap` was told at any time.
    var wasToldOfGap = false
    /// The places in the room's order of the last `gap`; messages that turn out to belong there were told as missing.
    var gapPlaces: ClosedRange<Int>?
    /// Whether a `gap` with `data-lost` was told: messages may come again.
    var mayRepeat = false
    /// Whether the stream is over: what came after is not missing.
    var hasEnded = false
    /// When its stream opened, where messages had been published by then.
    var since: Int64?
    /// Whether it has had no message yet, and its first may be any.
    var beginsWithAny = false

    init(room: Int) {
        self.room = room
    }

    mutating func gapTold(dataLost: Bool) {
        gapWasTold = true
        wasToldOfGap = true
        gapPlaces = next...next
        if dataLost { mayRepeat = true }
    }

    /// Another listener found a message at a place that this one has passed; returns whether a `gap` had told of it.
    mutating func passed(_ number: UInt32, at place: Int) -> Bool {
        next += 1
        if let first, place <= first {
            self.first = first + 1
            return false
        }
        guard let gap = gapPlaces, place <= gap.upperBound else {
            misses(number)
            return false
        }
        let wasTold = gap.contains(place)
        gapPlaces = (wasTold ? gap.lowerBound : gap.lowerBound + 1)...gap.upperBound + 1
        if !wasTold { misses(number) }
        return wasTold
    }

    mutating func misses(_ number: UInt32) {
        if missing.count < Self.missingLimit { missing.append(number) } else { missingBeyondLimit += 1 }
    }
}
