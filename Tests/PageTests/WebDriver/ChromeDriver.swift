import AsyncHTTPClient
import Foundation
import IntegrationSupport
import NIOCore
import NIOFoundationCompat

/// A running chromedriver, which starts headless browsers (W3C WebDriver over HTTP).
struct ChromeDriver: Sendable {
    private let process: ChildProcess
    private let address: String
    private let program: String

    /// Starts the driver on a port that it chooses; throws where driver or browser are not installed.
    init() async throws {
        let names = ["chromium", "chromium-browser", "google-chrome"]
        guard let program = names.lazy.compactMap(Self.find).first else {
            throw WebDriverError("no browser on the PATH: these tests need one of \(names.joined(separator: ", "))")
        }
        guard let driver = Self.find("chromedriver") else {
            throw WebDriverError("no chromedriver on the PATH: on Debian it is in the package chromium-driver")
        }
        self.program = program
        process = try await ChildProcess(driver, ["--port=0"])
        let line = try await process.line(of: .standard) { $0.contains("started successfully") }
        guard let port = line.firstMatch(of: /port (\d+)/)?.output.1 else { throw WebDriverError(line) }
        address = "http://127.0.0.1:\(port)"
    }

    /// Ends the driver.
    func stop() async {
        await process.stop()
    }

    /// Runs a test with a browser of its own: no cookies, no storage, no cache that another one has filled.
    func withBrowser<Result>(
        width: Int = 1000,
        height: Int = 700,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Browser) async throws -> Result
    ) async throws -> Result {
        let session: Session = try await send(.POST, "/session", capabilities)
        let browser = Browser(driver: self, path: "/session/\(session.sessionId)")
        do {
            try await browser.setViewport(width: width, height: height)
            let result = try await body(browser)
            try await browser.quit()
            return result
        } catch {
            try? await browser.quit()
            throw error
        }
    }

    /// Sends one command and returns its value.
    func send<Value: Decodable>(_ method: HTTPMethod, _ path: String, _ body: (some Encodable)?) async throws -> Value {
        let bytes = try await exchange(method, path, body)
        return try JSONDecoder().decode(Answer<Value>.self, from: bytes).value
    }

    /// Sends one command whose value does not matter.
    func send(_ method: HTTPMethod, _ path: String, _ body: (some Encodable)?) async throws {
        _ = try await exchange(method, path, body)
    }

    private func exchange(_ method: HTTPMethod, _ path: String, _ body: (some Encodable)?) async throws -> ByteBuffer {
        var request = HTTPClientRequest(url: address + path)
        request.method = .RAW(value: method.rawValue)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(try JSONEncoder().encode(body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        guard response.status == .ok else { throw WebDriverError("\(path): \(String(buffer: bytes))") }
        return bytes
    }

    private var capabilities: Capabilities {
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        return Capabilities(options: .init(binary: program, args: arguments))
    }

    private static func find(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile(atPath:))
    }
}

/// The methods that WebDriver uses.
enum HTTPMethod: String {
    case GET
    case POST
    case DELETE
}

/// A new session, as the driver names it.
private struct Session: Decodable {
    let sessionId: String
}

/// What the driver says to a command.
private struct Answer<Value: Decodable>: Decodable {
    let value: Value
}

/// What a session shall be.
private struct Capabilities: Encodable {
    struct Options: Encodable {
        let binary: String
        let args: [String]
    }

    let options: Options

    private enum Key: String, CodingKey {
        case capabilities
        case alwaysMatch
        case options = "goog:chromeOptions"
    }

    func encode(to encoder: any Encoder) throws {
        var top = encoder.container(keyedBy: Key.self)
        var capabilities = top.nestedContainer(keyedBy: Key.self, forKey: .capabilities)
        var always = capabilities.nestedContainer(keyedBy: Key.self, forKey: .alwaysMatch)
        try always.encode(options, forKey: .options)
    }
}
