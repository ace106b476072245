import ChatGateway
import Testing

@testable import ChatGatewayRedis

@Suite struct NamesTests {
    @Test(arguments: ["general", "\u{301}a", "聊天室", "a:room:b", "*", "cg:0:{0}:1:state"])
    func `a room is found again by its channel`(name: String) throws {
        let names = Names(prefix: "cg", database: 0)
        let room = try #require(Room(name))
        #expect(names.room(of: names.channel(of: room)) == room)
    }

    @Test func `other channels are no rooms`() {
        let names = Names(prefix: "cg", database: 0)
        #expect(names.room(of: names.channel(ofNode: "n1")) == nil)
        #expect(names.room(of: "cg:1:{0}:1:room:a") == nil)
    }
}
