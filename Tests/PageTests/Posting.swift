import AsyncHTTPClient
import NIOCore
import Testing

/// POSTs a message and returns the answer's body, byte for byte, which is also what listeners must get.
func post(_ body: String, to url: String, expecting status: UInt = 201) async throws -> String {
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(string: body))
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    let answer = String(buffer: try await response.body.collect(upTo: 1 << 20))
    try #require(response.status.code == status, "\(answer)")
    return answer
}
