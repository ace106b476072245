import Foundation
import Testing

@testable import ChatGatewayClient

@Suite struct JSONObjectsTests {
    private func objects(_ json: String) -> [String] {
        JSONObjects.first(in: Data(json.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `each object keeps its own text`() {
        #expect(
            objects(#"{"messages":[{"n":1.10},{"a":[{"b":{}}],"s":"}]{\"\\"}],"last":{"x":1}}"#) == [
                #"{"n":1.10}"#, #"{"a":[{"b":{}}],"s":"}]{\"\\"}"#,
            ]
        )
    }

    @Test func `an empty list has none`() {
        #expect(objects(#"{"messages":[],"first":null,"more":false}"#).isEmpty)
    }

    @Test func `what is no object is passed over`() {
        #expect(objects(#"{"messages":[1,"{}",[{}],{"a":1}]}"#) == [#"{"a":1}"#])
    }
}
