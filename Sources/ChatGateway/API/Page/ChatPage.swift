import NIOCore

/// The chat page that a node serves at `/`, and the module for pages of others: files that are part of the program.
///
/// The page names its files and routes relative to its own address, so that a proxy may put it under a prefix.
enum ChatPage {
    /// One of the files.
    struct Asset: Sendable {
        /// The path it is served at.
        let path: String
        /// The value of `Content-Type`.
        let contentType: String
        /// The file.
        let bytes: ByteBuffer
        /// The value of `ETag`, quotation marks included; another one for other bytes.
        let etag: String

        init(path: String, contentType: String, bytes: [UInt8]) {
            self.path = path
            self.contentType = contentType
            self.bytes = ByteBuffer(bytes: bytes)
            self.etag = "\"\(String(fingerprint(of: bytes), radix: 16))\""
        }
    }

    /// Every file, the page itself first.
    static let assets = [
        Asset(path: "/", contentType: "text/html; charset=utf-8", bytes: PackageResources.chat_html),
        Asset(
            path: "/chat.css",
            contentType: "text/css; charset=utf-8",
            bytes: PackageResources.connection_css + PackageResources.chat_css
        ),
        Asset(path: "/chat.js", contentType: "text/javascript; charset=utf-8", bytes: PackageResources.chat_js),
        Asset(path: "/client.js", contentType: "text/javascript; charset=utf-8", bytes: PackageResources.client_js),
        Asset(
            path: "/client.d.ts",
            contentType: "text/typescript; charset=utf-8",
            bytes: PackageResources.client_d_ts
        ),
    ]

    /// The value of `Content-Security-Policy` for all of them: nothing from elsewhere, nothing inline.
    static let contentSecurityPolicy =
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
}

// FNV-1a, 64 bits: an entity tag tells versions of a file apart and protects nothing.
private func fingerprint(of bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
}
