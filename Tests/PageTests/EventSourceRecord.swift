/// What a page's own EventSource has told since it was opened.
struct EventSourceRecord: Decodable {
    /// A stream that was not refused.
    struct Ready: Decodable {
        let node: String
        let resumed: Bool
    }

    /// An announced ending or a refusal, with the cursor that the EventSource has afterwards.
    struct Bye: Decodable, Hashable {
        let reason: String
        let id: String
    }

    struct Message: Decodable {
        let text: String
        let id: String
    }

    let ready: [Ready]
    let byes: [Bye]
    let gapCount: Int
    let messages: [Message]

    /// Opens an EventSource in the page, in place of the one before; from then on the page has `source` and `record`.
    static func start(_ path: String, in browser: Browser) async throws {
        try await browser.run(
            """
            window.source?.close();
            const record = window.record = { ready: [], byes: [], gapCount: 0, messages: [] };
            const source = window.source = new EventSource('\(path)');
            source.addEventListener('ready', (event) => {
              const { node, rooms } = JSON.parse(event.data);
              record.ready.push({ node, resumed: Object.values(rooms).every((room) => room.resumed) });
            });
            source.addEventListener('bye', (event) =>
              record.byes.push({ reason: JSON.parse(event.data).reason, id: event.lastEventId }));
            source.addEventListener('gap', () => record.gapCount += 1);
            source.onmessage = (event) =>
              record.messages.push({ text: JSON.parse(event.data).text, id: event.lastEventId });
            """
        )
    }
}
