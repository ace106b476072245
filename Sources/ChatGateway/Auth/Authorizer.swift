public import ServiceLifecycle

/// Decides whose token it is that came with a request.
///
/// The gateway runs it, and stops it last. A token, or a part of one, must not be logged or be part of a reason.
public protocol Authorizer: Service {
    /// Judges a token by what is at hand.
    ///
    /// Called on event loops for every request and stream that brings a token: it must not wait, and its time is the
    /// loop's. Called twice for a stream that it refuses.
    func judge(_ token: String) -> Judgement

    /// Judges a token that ``judge(_:)`` could not decide on, having fetched what was missing; within 6 seconds.
    func judgeAnew(_ token: String) async -> Judgement
}

extension Authorizer {
    /// Judges as ``judge(_:)`` does, for an authorizer that always has at hand what it needs.
    public func judgeAnew(_ token: String) async -> Judgement { judge(token) }

    /// Waits for the end of the service, for an authorizer that has nothing to do meanwhile.
    public func run() async throws { try? await gracefulShutdown() }
}

/// What is to be thought of a token.
public enum Judgement: Hashable, Sendable {
    /// It is valid now.
    case accepted(Identity)
    /// It is not; why, in one sentence for whoever sent it.
    case refused(String)
    /// What it has to be judged by is not at hand.
    case undecided
}
