import ChatGateway
import NIOCore

extension RedisCore {
    func send(_ item: Expected) {
        let names = settings.names
        switch item {
        case .append(let call):
            guard let fence else { return appends.putBack(call) }
            call.leaveOutExpired()
            var command = appendFront(call, fence)
            for request in call.requests {
                guard let request else { continue }
                AppendScript.add(request.message, to: request.room, of: &command)
            }
            send(command, on: .commands, item)
        case .probe(let request, let isWithText):
            let hash = isWithText ? nil : hash(of: .probe)
            send(
                ProbeScript.command(hash: hash, names: names, request: request, history: settings.history),
                on: .commands,
                item
            )
        case .top:
            send(Command("HMGET", names.state, "epoch", "top", "seams"), on: .commands, item)
        case .read(let mark, let wishes, let isWithText):
            guard let fence else { return }
            let command = ReadScript.command(
                hash: isWithText ? nil : hash(of: .read),
                names: names,
                fence: fence,
                channel: settings.nodeChannel,
                mark: mark,
                wishes: wishes
            )
            send(command, on: .pages, item)
        case .value(let question), .lookup(let question): send(question.content, on: .commands, item)
        case .page(let question):
            let (room, range) = question.content
            let command = PageScript.command(
                hash: question.isWithText ? nil : hash(of: .page),
                names: names,
                room: room,
                range: range,
                history: settings.history
            )
            send(command, on: .pages, item)
        }
    }

    /// What a call of the append script begins with; kept, as it is the same for as long as the fence is.
    private func appendFront(_ call: AppendCall, _ fence: Fence) -> Command {
        let hash = call.isWithText ? nil : hash(of: .append)
        if let known = appendFront, known.hash == hash, known.fence == fence { return known.command }
        let command = AppendScript.command(hash: hash, names: settings.names, fence: fence, history: settings.history)
        appendFront = (hash, fence, command)
        return command
    }

    private func hash(of script: Script) -> String? {
        greeted[script == .append || script == .probe ? .commands : .pages]?.hashes[script]
    }

    func send(_ command: Command, on link: Link, _ item: Expected) {
        expected[link, default: CircularBuffer()].append(item)
        greeted[link]?.send(command)
    }

    /// Sends what has gathered; called whenever everything that arrived together was looked at.
    func settle() {
        for action in subscriptions.settled() { perform(action) }
        sendSubscribes()
        if links.isUp {
            while let call = appends.next() { send(.append(call)) }
            while let question = pages.next() { send(.page(question)) }
            while let question = values.next() { send(.value(question)) }
            while let question = lookups.next() { send(.lookup(question)) }
            if !topWaiters.isEmpty, tops.isIdle {
                // All wait equally long: the first one's time is up first.
                let deadline = topWaiters.first?.deadline ?? now
                tops.add(Question((), deadline: deadline, waiters: topWaiters.map(\.answer)))
                topWaiters = []
            }
            while let question = tops.next() {
                lookAfresh()
                send(.top(question))
            }
        }
        for handler in greeted.values { handler.flush() }
    }

    private func sendSubscribes() {
        guard !unsent.isEmpty else { return }
        var rest = unsent[...]
        unsent = []
        while !rest.isEmpty {
            var command = Command("SUBSCRIBE")
            for room in rest.prefix(Self.subscribeBatch) { command.append(settings.names.channel(of: room)) }
            rest = rest.dropFirst(Self.subscribeBatch)
            greeted[.subscription]?.send(command)
        }
    }

    func perform(_ action: Subscriptions.Action) {
        switch action {
        case .tell(let event): sink?.receive(event)
        case .subscribe(let rooms): unsent += rooms
        case .unsubscribe(let room):
            // What was asked for before must reach Redis before.
            sendSubscribes()
            greeted[.subscription]?.send(Command("UNSUBSCRIBE", settings.names.channel(of: room)))
        case .read(let mark, let wishes): send(.read(mark: mark, wishes, isWithText: false))
        case .drop(let reason): fail(reason)
        }
    }

    /// Performs actions up to the one that drops the links.
    func perform(_ actions: [Subscriptions.Action]) {
        for action in actions {
            perform(action)
            if action.isDrop { return }
        }
    }
}
