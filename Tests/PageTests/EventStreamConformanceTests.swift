import Foundation
import IntegrationSupport
import Testing

extension BrowserTests {
    /// The bytes of a stream as read by parsers that are not ours.
    @Suite struct EventStreamConformanceTests {
        /// Bodies that would break the framing, or a parser, if anything of them reached the wire as it is.
        static let bodies: [String] = [
            #"{"text":"carriage return \r, line feed \n, both \r\n\r\n, and NUL \u0000"}"#,
            #"{"text":"data: no\ndata: not this\n\nid: 1\nevent: bye\nretry: 1\n\n: comment"}"#,
            "{\r\n\t\"data: member\" : [ 1 ,\n 2 ],\r \"text\" : \"white space between everything\"\r\n}\n",
            "{\"text\":\"separators \u{2028} \u{2029} \u{85} as they are, \\u000B \\u000C \\u001C \\u001E as escapes\"}",
            #"{"text":"separators \u2028 \u2029 \u0085 \u001c \ufeff as escapes"}"#,
            "{\"text\":\"\u{FEFF}byte order mark, 👩‍👩‍👧‍👦 family, 𝄞 clef, 🇺🇳 flag, e\u{301} combined\"}",
            #"{"text":"pair \ud83d\ude00 as escapes","numbers":[12345678901234567890,1.10,1e400,-0]}"#,
            #"{"text":" leading and trailing spaces  ","":"","\u0000":"\u0007"}"#,
            "{\"text\":\"" + String(repeating: "0123456789abcde ", count: 3840) + "\"}",
            "{\"text\":\"" + String(repeating: "界🙂", count: 8700) + "\"}",
            #"{"text":""# + String(repeating: #"\n\r"#, count: 15_000) + #""}"#,
            "{}",
        ]

        @Test func whatAPostIsAnsweredReachesListenersByteForByte() async throws {
            let node = try await GatewayProcess()
            let room = "\(node.url)/rooms/conformance"
            let listener = try await HTTPXListener(url: "\(room)/events", count: Self.bodies.count)
            try await ChromeDriver.current.withBrowser { browser in
                try await browser.open(node.url)
                try await browser.run(
                    """
                    window.received = [];
                    const source = new EventSource('rooms/conformance/events');
                    source.addEventListener('ready', () => { window.isReady = true; });
                    source.onmessage = (event) => received.push({
                      event: event.type, data: event.data, id: event.lastEventId });
                    """
                )
                try await browser.wait(until: "window.isReady")
                var answers: [String] = []
                for body in Self.bodies { answers.append(try await post(body, to: "\(room)/messages")) }
                let read = try await listener.messages()
                try await browser.wait(until: "received.length >= \(Self.bodies.count)")
                let received: [HTTPXListener.Event] = try await browser.run("return received")
                for (index, answer) in answers.enumerated() {
                    #expect(
                        same(read[index].data, answer),
                        "httpx-sse, message \(index): \(read[index].data.prefix(300))"
                    )
                    #expect(same(received[index].data, answer), "Chromium, message \(index)")
                }
                #expect(read.map(\.id) == received.map(\.id))
                #expect(Set(read.map(\.id)).count == Self.bodies.count)
                #expect(received.count == Self.bodies.count)
            }
            await node.child.kill()
        }

        // Swift's == takes two spellings of a character for the same.
        private func same(_ left: String, _ right: String) -> Bool {
            left.utf8.elementsEqual(right.utf8)
        }
    }
}
