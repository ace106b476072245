import HTTPTypes
import Hummingbird

/// The chat page's files.
struct PageRoutes: Sendable {
    func add(to router: some RouterMethods<some RequestContext>) {
        for asset in ChatPage.assets {
            router.get(RouterPath(asset.path)) { request, _ in Self.answer(request, with: asset) }
        }
    }

    /// A file, or that the browser has it already.
    static func answer(_ request: Request, with asset: ChatPage.Asset) -> Response {
        var fields: HTTPFields = [
            .contentType: asset.contentType,
            .eTag: asset.etag,
            .cacheControl: "no-cache",
            .contentSecurityPolicy: ChatPage.contentSecurityPolicy,
            .xContentTypeOptions: "nosniff",
        ]
        // A page's address names a room, which is nobody else's business.
        if let policy = HTTPField.Name("Referrer-Policy") { fields[policy] = "no-referrer" }
        if let known = request.headers[.ifNoneMatch], matches(known, asset.etag) {
            return Response(status: .notModified, headers: fields)
        }
        return Response(status: .ok, headers: fields, body: .init(byteBuffer: asset.bytes))
    }

    private static func matches(_ list: String, _ tag: String) -> Bool {
        list.split(separator: ",")
            .contains { item in
                let item = item.drop { $0 == " " }
                return item == "*" || item == tag || item.dropFirst(2) == tag && item.hasPrefix("W/")
            }
    }
}
