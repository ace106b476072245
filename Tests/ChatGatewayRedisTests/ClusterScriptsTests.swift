import ChatGateway
import NIOCore
import Testing

@testable import ChatGatewayRedis

@Suite struct ClusterScriptsTests {
    private let names = Names(prefix: "cg", database: 0)

    private func lastWord(_ command: Command) throws -> ByteBuffer {
        let length = try #require(command.lengths.last)
        let all = command.arguments
        return try #require(all.getSlice(at: all.writerIndex - length, length: length))
    }

    @Test func `what asks for reports is read by nodes, and is no command to them`() throws {
        let channel = names.channel(ofNode: "n1.abc")
        let word = try lastWord(ClusterScripts.watch(for: .seconds(6), channel: channel, names: names))
        let read = try #require(ClusterScripts.readWatch(word, names: names))
        #expect(read.channel == channel && read.time == .seconds(6))
        #expect(ControlMessage.read(word) == nil)
    }

    @Test(arguments: [
        "watch 6000 cg:0:{0}:1:room:a", "watch 0 cg:0:{0}:1:node:a", "watch -5 cg:0:{0}:1:node:a",
        "watch x cg:0:{0}:1:node:a",
        "watch 6000", "user - watch", "watch 6000 cg:1:{0}:1:node:a", "",
    ])
    func `whoever asks otherwise, or for another channel than a node's, gets no reports`(text: String) {
        #expect(ClusterScripts.readWatch(ByteBuffer(string: text), names: names) == nil)
    }

    @Test func `a report is read as it was sent, and is nothing to a node that knows none`() throws {
        let report = ByteBuffer(string: #"{"node":"a"}"#)
        let word = try lastWord(ClusterScripts.report(report, to: "c", names: names))
        #expect(ClusterScripts.readReport(word) == report)
        #expect(Publication(word, known: nil) == nil)
        #expect(ClusterScripts.readReport(ByteBuffer(string: "p 1 e 5-0")) == nil)
        #expect(ClusterScripts.readReport(ByteBuffer(string: "v")) == nil)
    }
}
