import ChatGateway
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite struct PresenceAnswerTests {
    private func read(_ text: String) -> PresenceAnswer? {
        PresenceScript.readAnswer(ByteBuffer(string: text))
    }

    @Test func `an answer has an epoch, what is due, and nodes with the numbers of their updates`() {
        #expect(read("lost") == PresenceAnswer(isKnown: false))
        #expect(read("ok abc -1 ") == PresenceAnswer(isKnown: true, epoch: "abc"))
        let answer = PresenceAnswer(
            isKnown: true,
            epoch: "abc",
            next: .milliseconds(250),
            nodes: [.init(name: "n 1", renewal: 7), .init(name: "küche", renewal: -3)]
        )
        #expect(read("ok abc 250 7 3 n 1-3 6 küche") == answer)
    }

    @Test(arguments: [
        "", "o", "ok", "ok ", "ok  ", "ok  5 ", "ok  5 6 ", "ok abc", "ok abc ", "ok abc x ", "no abc 5 ", "ok abc 5 7",
        "ok abc 5 7 9 n1", "ok abc 5 7 -2 n1",
    ])
    func `what is none, or has no epoch, is nothing`(text: String) {
        #expect(read(text) == nil)
    }

    @Test(arguments: [1, 2, 40])
    func `an epoch that is no text is as long as its bytes`(count: Int) {
        var answer = ByteBuffer(string: "ok ")
        answer.writeRepeatingByte(0xFF, count: count)
        #expect(PresenceScript.readAnswer(answer) == nil)
        answer.writeString(" 5 7 2 n1")
        let epoch = String(repeating: "\u{FFFD}", count: count)
        let nodes = [PresenceAnswer.Node(name: "n1", renewal: 7)]
        let read = PresenceAnswer(isKnown: true, epoch: epoch, next: .milliseconds(5), nodes: nodes)
        #expect(PresenceScript.readAnswer(answer) == read)
    }
}
