import ChatGateway
import NIOCore

extension RedisCore {
    func answered(_ item: Expected, _ reply: Reply) {
        if let error = reply.error { return refused(item, Refusal(error)) }
        switch item {
        case .append(let call):
            // With fewer outcomes than messages somebody would wait for ever.
            guard let outcomes = AppendScript.outcomes(reply), outcomes.count == call.requests.count, let fence else {
                appends.refuse(call, .unknown, "an answer that is none")
                return fail("an answer that is none")
            }
            appends.finish(call, epoch: fence.epoch, outcomes)
            for outcome in outcomes {
                if case .stored(let position) = outcome { _ = subscriptions.saw(fence.epoch, position) }
            }
        case .probe:
            guard let standing = ProbeScript.answer(reply) else { return fail("an answer that is none") }
            if links.isUp {
                if let drop = subscriptions.saw(standing.timeline.epoch, standing.top) { perform(drop) }
            } else {
                let announcement = links.probed()
                perform(subscriptions.linksCameUp(standing))
                perform(announcement)
            }
        case .top(let question):
            var reader = reply.reader
            guard reader.array() == 3, let standing = reader.standing() else { return fail("Redis has no epoch") }
            topAnswer = (question, standing)
            answerTop()
        case .read(let mark, _, _):
            guard let (standing, parts) = ReadScript.answer(reply) else { return fail("an answer that is none") }
            perform(subscriptions.readAnswered(mark: mark, standing, parts))
        case .value(let question):
            values.finish(question)
            valueAnswered(question, reply)
        case .lookup(let question):
            lookups.finish(question)
            valueAnswered(question, reply)
        case .page(let question):
            pages.finish(question)
            guard let (page, top) = PageScript.answer(reply) else {
                question.refuse("an answer that is none")
                return fail("an answer that is none")
            }
            question.answer(.success(page))
            if let drop = subscriptions.saw(page.timeline.epoch, top) { perform(drop) }
        }
    }

    private func valueAnswered(_ question: Question<Command, ByteBuffer?>, _ reply: Reply) {
        var reader = reply.reader
        guard let value = reader.sliceOrNull() else {
            question.refuse("an answer that is none")
            return fail("an answer that is none")
        }
        question.answer(.success(value))
    }

    private func refused(_ item: Expected, _ refusal: Refusal) {
        if refusal == .isUnknownScript {
            switch item {
            case .append(let call) where !call.isWithText:
                call.isWithText = true
                appends.repeats(call)
                return send(item)
            case .probe(let request, isWithText: false):
                return send(.probe(request, isWithText: true))
            case .read(let mark, let wishes, isWithText: false):
                return send(.read(mark: mark, wishes, isWithText: true))
            case .page(let question) where !question.isWithText:
                question.isWithText = true
                return send(item)
            default: break
            }
        }
        var isDrop = false
        switch item {
        case .append(let call):
            if case .isWrongPlace = refusal {
                appends.putBack(call)
                isDrop = true
            } else {
                appends.refuse(call, refusal.stored, refusal.reason)
            }
        case .probe, .read:
            isDrop = true
        case .top(let question):
            tops.finish(question)
            question.refuse(refusal.reason)
        case .value(let question):
            values.finish(question)
            question.refuse(refusal.reason)
            if case .isWrongPlace = refusal { isDrop = true }
        case .lookup(let question):
            lookups.finish(question)
            question.refuse(refusal.reason)
            if case .isWrongPlace = refusal { isDrop = true }
        case .page(let question):
            pages.finish(question)
            question.refuse(refusal.reason)
            if case .isWrongPlace = refusal { isDrop = true }
        }
        if isDrop { fail(refusal.reason) }
    }
}
