public import ChatGateway
import Foundation
public import Logging
import ServiceLifecycle
import Synchronization

/// Judges JSON Web Tokens (RFC 7519, RFC 8725) by keys that are given, and those of a key set that is kept up to date.
///
/// A token must be signed in one of the ways of ``TokenAlgorithm``, by a key for exactly that, and have `sub` and `exp`:
/// one that never ends could not be taken back. The set is fetched at the start, regularly, and, not more often than
/// ``JWTRules/pause``, for a token whose key is not in it; while it cannot be fetched the one before holds.
public final class JWTAuthorizer: Authorizer {
    private struct State {
        /// Those that were given.
        var keys: [VerificationKey]
        /// Those of the set; nil before it was fetched for the first time.
        var fetched: [VerificationKey]?
        var refresh: KeyRefresh
        var fetch: Task<Void, Never>?
    }

    private let source: KeySetSource?
    private let rules: JWTRules
    private let logger: Logger
    private let clock: @Sendable () -> UInt64
    private let state: Mutex<State>

    /// Makes an authorizer.
    ///
    /// - Parameters:
    ///   - keys: Keys that hold until ``replaceKeys(with:)``.
    ///   - source: Where further keys are found.
    ///   - rules: What tokens must say.
    ///   - logger: Where it says that the key set cannot be fetched, once per outage, and that it can again.
    ///   - clock: Milliseconds since 1970.
    public init(
        keys: [VerificationKey],
        source: KeySetSource? = nil,
        rules: JWTRules = JWTRules(),
        logger: Logger,
        clock: @escaping @Sendable () -> UInt64 = WallClock.milliseconds
    ) {
        self.source = source
        self.rules = rules
        self.logger = logger
        self.clock = clock
        state = Mutex(State(keys: keys, refresh: KeyRefresh(interval: rules.refresh, pause: rules.pause)))
    }

    // MARK: Judging

    /// Judges a token by the keys at hand; it costs little more than a signature's check.
    public func judge(_ token: String) -> Judgement {
        judge(token, isLast: false)
    }

    /// Judges a token after the key set has been fetched, if it may be and that was missing.
    public func judgeAnew(_ token: String) async -> Judgement {
        let first = judge(token, isLast: false)
        guard first == .undecided else { return first }
        await fetchIfAllowed()
        return judge(token, isLast: true)
    }

    private func judge(_ text: String, isLast: Bool) -> Judgement {
        let token: Token
        do throws(Token.Malformed) {
            token = try Token(text)
        } catch {
            return .refused(error.reason)
        }
        let (keys, fetched) = state.withLock { ($0.keys, $0.fetched) }
        let candidates = (keys + (fetched ?? []))
            .filter { $0.algorithm == token.algorithm && ($0.id == nil || token.keyID == nil || $0.id == token.keyID) }
        guard candidates.contains(where: { $0.verifies(token.signature, of: token.signed) }) else {
            return unverified(token, candidates, isFetched: fetched != nil, isLast: isLast)
        }
        guard let claims = try? JSONDecoder().decode(Claims.self, from: Data(token.claims)) else {
            return .refused("The token lacks “sub” or “exp”, or has a claim of the wrong type")
        }
        return claims.judgement(now: clock(), audience: rules.audience, issuer: rules.issuer)
    }

    /// A token that none of the keys at hand has signed: the set may have one that has.
    private func unverified(
        _ token: Token,
        _ candidates: [VerificationKey],
        isFetched: Bool,
        isLast: Bool
    ) -> Judgement {
        let isNamed = token.keyID != nil && candidates.contains { $0.id == token.keyID }
        // No set has a secret, and a key that has this name has not signed it.
        if source != nil, token.algorithm != .hs256, !isNamed {
            guard isFetched else { return .undecided }
            if !isLast, state.withLock({ $0.fetch != nil || $0.refresh.isAllowed(at: .now) }) { return .undecided }
        }
        return .refused(candidates.isEmpty ? "The token's key is not known" : "The token's signature is not valid")
    }

    // MARK: Keeping the set

    /// Keeps the key set up to date until shutdown.
    public func run() async throws {
        guard source != nil else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.fetch().value
                try? await Task.sleep(for: self.state.withLock { $0.refresh.wait })
            }
        }
        state.withLock { $0.fetch }?.cancel()
    }

    /// Takes other keys than those that were given at first, and then fetches the set, if there is one, out of turn.
    public func replaceKeys(with keys: [VerificationKey]) async {
        state.withLock { $0.keys = keys }
        if source != nil { await fetch().value }
    }

    private func fetchIfAllowed() async {
        let isAllowed = state.withLock { $0.fetch != nil || $0.refresh.isAllowed(at: .now) }
        if isAllowed { await fetch().value }
    }

    /// The fetch under way, or a new one: all who wait for keys wait for the same.
    private func fetch() -> Task<Void, Never> {
        state.withLock { state in
            if let fetch = state.fetch { return fetch }
            state.refresh.began(at: .now)
            let fetch = Task { await self.load() }
            state.fetch = fetch
            return fetch
        }
    }

    private func load() async {
        guard let source else { return }
        let result: Result<[VerificationKey], KeyError>
        do throws(KeyError) {
            result = .success(try await source.load())
        } catch {
            result = .failure(error)
        }
        let (isFirstFailure, isBack) = state.withLock { state in
            state.fetch = nil
            let isBack = state.refresh.isFailing
            let isFirst = state.refresh.ended(isSuccess: (try? result.get()) != nil)
            if case .success(let keys) = result { state.fetched = keys }
            return (isFirst, isBack)
        }
        switch result {
        case .success(let keys):
            if isBack { logger.notice("The key set is back", metadata: ["jwks": "\(source)"]) }
            logger.debug("Fetched the key set", metadata: ["jwks": "\(source)", "keys": "\(keys.count)"])
        case .failure(let error):
            guard isFirstFailure else { return }
            logger.warning(
                "The key set cannot be had; tokens are judged by the keys at hand",
                metadata: ["jwks": "\(source)", "reason": "\(error)"]
            )
        }
    }
}
