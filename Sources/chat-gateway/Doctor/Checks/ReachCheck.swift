import Foundation
import NIOHTTP1

extension Check {
    /// Judges the answer to a question for the room's messages.
    static func reach(_ answer: Answer, plan: DoctorPlan) -> Check {
        switch answer {
        case .failed(let failure): Check(.reach, .problem, failure.description, meaning: advice(on: failure, plan))
        case .answered(let head, let body, let after):
            if head.status == 200, isListOfMessages(body) {
                Check(.reach, .ok, "a gateway answers, after \(after.short)")
            } else {
                stranger(head, answer, prefix: plan.address.prefix)
            }
        }
    }

    private static func isListOfMessages(_ body: String) -> Bool {
        let object = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        return object?["messages"] is [Any]
    }

    private static func advice(on failure: RequestFailure, _ plan: DoctorPlan) -> String? {
        switch failure {
        case .untrusted: "For an authority of your own: --ca FILE. Browsers have to trust it as well."
        case .tls where plan.address.isSecure:
            "Does this port speak TLS at all? Without TLS the URL begins with http://."
        case .closed, .notHTTP:
            plan.address.isSecure ? nil : "Does this port speak TLS? Then the URL begins with https://."
        case .silent:
            "The connection stands, but no HTTP comes: is it the right port? Otherwise look at the proxy's error log, and at /readyz of the nodes."
        default: nil
        }
    }

    private static func stranger(_ head: AnswerHead, _ answer: Answer, prefix: String) -> Check {
        switch head.status {
        case 301, 302, 303, 307, 308:
            let place = head.fields.first(name: "location") ?? ""
            return Check(
                .reach,
                .problem,
                "\(head.status): it is elsewhere, \(quoted(place))",
                meaning: "A browser follows for streams, but a POST may not survive it: name the place itself.",
            )
        case 401:
            return Check(
                .reach,
                .problem,
                "it wants a token, or another one: \(answer.summary)",
                meaning: "Give one that may read and write in a room: --token-file FILE --room ROOM.",
            )
        case 403:
            return Check(
                .reach,
                .problem,
                "not allowed: \(answer.summary)",
                meaning:
                    "Name a room that may be read and written, with a token where one is needed: --room, --token-file.",
            )
        case 404 where answer.detail == nil:
            let place = prefix.isEmpty ? "/talk" : prefix
            return Check(
                .reach,
                .problem,
                "404: there is no gateway at this path",
                meaning: "The URL is the one of the gateway's page, without /chat or /rooms. Where the gateway has a "
                    + "path of its own, the proxy takes that off, and puts it back into the path of cookies: note the "
                    + "slash at the end of proxy_pass.",
                nginx: [
                    "location \(place)/ {", "    proxy_pass http://gateway/;", "    proxy_cookie_path / \(place)/;",
                    "}",
                ],
            )
        case 429:
            return Check(.reach, .problem, "too many requests: \(answer.summary)", meaning: limits, nginx: forwarded)
        case 502, 504:
            return Check(
                .reach,
                .problem,
                "\(head.status): the proxy answers, but reaches no node",
                meaning: "Do the nodes run (/readyz), and are their addresses in nginx those of --host and --port?",
                nginx: ["upstream gateway {", "    server ADDRESS:PORT;", "}"],
            )
        case 200:
            return Check(
                .reach,
                .problem,
                "something answers, but no gateway: a body of type \(quoted(head.type))",
                meaning: "Is the URL the one of the gateway, or of a site beside it?",
            )
        default: return Check(.reach, .problem, "it answers \(answer.summary)")
        }
    }

    /// What a limit of clients may come from.
    static let limits =
        "Where everybody is told so, the nodes take the proxy for one client: let it tell them who asks, and start "
        + "them with --trusted-proxy and its address."

    /// How nginx tells who asks.
    static let forwarded = ["proxy_set_header X-Forwarded-For $remote_addr;"]
}
