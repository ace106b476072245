// What is public here is described in client.d.ts.

// The server knows a message again by its id for five minutes; after that a repetition would appear twice.
const repeatable = 4 * 60_000;
const remembered = 1000;
const refusals = { 204: "kicked", 400: "bad-request", 401: "unauthorized", 403: "forbidden" };
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
const backoff = (failures) => Math.min(2 ** failures, 16) * (500 + 500 * Math.random());
// crypto.randomUUID exists on https only.
const randomID = () => Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => (byte % 36).toString(36)).join("");

const path = (room, part) => `rooms/${encodeURIComponent(room)}/${part}`;
// Who a JSON Web Token is for.
const subject = (token) => JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;

class Gateway {
  #token;

  constructor(options) {
    this.options = options;
    this.base = new URL(options.url ?? "/", location.href);
    this.base.pathname = this.base.pathname.replace(/\/?$/, "/");
  }

  url(path, query = {}) {
    const url = new URL(path, this.base);
    for (const [name, values] of Object.entries(query)) {
      for (const value of [values ?? []].flat()) url.searchParams.append(name, value);
    }
    return url;
  }

  async token() {
    return (this.#token ??= await this.options.token?.());
  }

  renew(token = this.#token) {
    if (token === this.#token) this.#token = undefined;
  }

  async ticket() {
    const { ticket, token } = this.options;
    if (ticket || !token) return ticket?.();
    const answer = await this.json("tickets", { method: "POST" }).catch((problem) => {
      // The gateway is open to everybody.
      if (problem.status !== 404) throw problem;
    });
    return answer?.ticket;
  }

  async request(path, { query, body, isRepeated, ...init } = {}) {
    const token = await this.token();
    const headers = { ...init.headers, ...(token && { Authorization: `Bearer ${token}` }) };
    if (body) Object.assign(headers, { "Content-Type": "application/json" });
    const request = { ...init, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(15_000) };
    const answer = await fetch(this.url(path, query), request);
    if (answer.status !== 401 || !this.options.token || isRepeated) return answer;
    this.renew(token);
    return this.request(path, { query, body, isRepeated: true, ...init });
  }

  async json(path, request) {
    const answer = await this.request(path, request);
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    const [{ status }, retryAfter] = [answer, Number(answer.headers.get("Retry-After"))];
    throw Object.assign(new Error(body.detail ?? `Status ${status}`), { status, retryAfter, problem: body });
  }
}

class Stream {
  rooms = [];
  #turn = 0;
  #failures = 0;

  constructor(gateway, tell) {
    Object.assign(this, { gateway, tell });
  }

  async open(rooms = this.rooms, cursor = this.cursor) {
    this.close();
    Object.assign(this, { rooms, cursor });
    if (!rooms.length) return;
    const turn = this.#turn;
    try {
      const { user, excludeMe, token, ticket, history } = this.gateway.options;
      const query = { room: rooms, last_event_id: cursor, user, exclude: excludeMe ? "me" : [] };
      // Where requests show no token, messages of before come only this way.
      if (!token && ticket && !cursor) query.history = history;
      query.ticket = await this.gateway.ticket();
      if (turn === this.#turn) this.#listen(this.gateway.url("events", query));
    } catch ({ status }) {
      if (turn === this.#turn) refusals[status] ? this.#refused(status) : this.#later();
    }
  }

  close() {
    this.#turn += 1;
    clearTimeout(this.timer);
    this.source?.close();
  }

  #listen(url) {
    const source = (this.source = new EventSource(url));
    const on = (name, hear) => source.addEventListener(name, (event) => hear(JSON.parse(event.data), event.lastEventId));
    let farewell;
    for (const name of ["ready", "message", "gap"]) {
      on(name, (data, id) => {
        if (name === "ready") [this.#failures, this.isRenewed, farewell] = [0, false];
        const prev = this.cursor;
        this.cursor = id;
        this.tell({ name, data, prev, id });
      });
    }
    for (const name of ["typing", "presence"]) on(name, (data) => this.tell({ name, data }));
    on("bye", ({ reason, reconnect }) => {
      farewell = reason;
      if (!reconnect) this.#refused(reason === "expired" ? 401 : 204, reason);
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.#later(farewell);
      else this.tell({ name: "state", data: { state: "waiting", reason: farewell } });
    };
  }

  // A browser gives an EventSource up for good on any answer but 200: a proxy's 502 ends it just like a refusal.
  #later(reason) {
    const turn = this.#turn;
    this.tell({ name: "state", data: { state: "waiting", reason } });
    this.timer = setTimeout(async () => {
      const status = await this.#status(this.rooms);
      if (turn === this.#turn) refusals[status] ? this.#refused(status) : this.open();
    }, backoff(this.#failures++));
  }

  async #status(room) {
    try {
      const { token, ticket: give } = this.gateway.options;
      const ticket = token ? undefined : await give?.();
      return (await this.gateway.request("events", { method: "HEAD", query: { room, ticket } })).status;
    } catch {
      return 0;
    }
  }

  async #refused(status, reason = refusals[status]) {
    this.close();
    const turn = this.#turn;
    if (status === 401 && !this.isRenewed && (this.gateway.options.token || this.gateway.options.ticket)) {
      this.isRenewed = true;
      this.gateway.renew();
      return this.open();
    }
    if (status === 400 || status === 403) {
      // One room that is not allowed is enough for a refusal of all.
      const each = await Promise.all(this.rooms.map((room) => this.#status(room)));
      const rooms = this.rooms.filter((_, index) => each[index] === 400 || each[index] === 403);
      if (turn !== this.#turn) return;
      if (rooms.length) return this.tell({ name: "refused", data: { rooms, status, reason } });
    }
    this.tell({ name: "state", data: { state: "over", reason, status } });
  }
}

class Outbox {
  #items = new Map();
  #busy = new Set();
  #woken = Promise.withResolvers();

  constructor(post, tell) {
    Object.assign(this, { post, tell });
  }

  add(item) {
    if (this.#items.size >= remembered) throw new RangeError("Too many messages wait to be sent");
    this.#items.set(item.id, Object.assign(item, { made: Date.now() }));
    this.#becomes(item, "queued");
    this.#drain(item.room);
  }

  retry(id) {
    const item = this.#items.get(id);
    if (item?.state === "failed" && this.#items.delete(id)) this.add(item);
  }

  discard(id) {
    this.#items.delete(id);
  }

  clear() {
    this.#items.clear();
    this.wake();
  }

  wake() {
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  // Also what a listener got was sent, whatever became of the answer.
  sent(message) {
    const item = this.#items.get(message.id);
    if (item && this.#items.delete(message.id)) this.#becomes(item, "sent", { message });
    return Boolean(item);
  }

  #becomes(item, state, more) {
    item.state = state;
    this.tell({ id: item.id, room: item.room, state, ...more });
  }

  async #drain(room) {
    if (this.#busy.has(room)) return;
    this.#busy.add(room);
    const next = () => [...this.#items.values()].find((item) => item.room === room && item.state !== "failed");
    for (let item, failures = 0; (item = next()); failures += 1) {
      this.#becomes(item, "sending");
      const failure = await this.post(item).then((message) => void this.sent(message), (problem) => problem);
      if (!failure) failures = -1;
      else if (this.#items.has(item.id)) await this.#failed(item, failure, failures);
    }
    this.#busy.delete(room);
  }

  async #failed(item, { status = 0, retryAfter, problem }, failures) {
    const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    if (isFinal || Date.now() - item.made > repeatable) {
      return this.#becomes(item, "failed", { problem: { status, title: "The server cannot be reached", ...problem } });
    }
    this.#becomes(item, "queued");
    if (retryAfter) await sleep(Math.min(retryAfter, 60) * 1000);
    else await Promise.race([sleep(backoff(failures)), this.#woken.promise]);
  }
}

export class ChatClient extends EventTarget {
  state = "connecting";
  #id = randomID();
  #rooms = new Map();
  #tabs = new Map();
  #typed = new Map();
  #shared = { rooms: [] };
  #term = 0;
  #silence = 0;
  #closed = new AbortController();
  #options;
  #gateway;
  #outbox;
  #stream;
  #channel;
  #name;
  #cursor;
  #waiting;
  #leading;
  #change;
  #status = { state: "connecting" };

  constructor(options = {}) {
    super();
    this.#options = { share: true, ...options, history: Math.min(options.history ?? 50, 500) };
    this.#gateway = new Gateway(this.#options);
    this.#outbox = new Outbox((item) => this.#post(item), (detail) => this.#fire("outbox", detail));
    for (const room of options.rooms ?? []) this.#rooms.set(room, { seen: new Set(), turn: 0 });
    addEventListener("online", () => this.#awake(), { signal: this.#closed.signal });
    this.#start();
  }

  get rooms() {
    return [...this.#rooms.keys()];
  }

  join(room) {
    if (this.#rooms.has(room)) return;
    this.#rooms.set(room, { seen: new Set(), turn: 0 });
    this.#say();
  }

  leave(room) {
    if (!this.#rooms.has(room)) return;
    this.#forget(room);
    this.#say();
  }

  send(room, message) {
    const id = message.id ?? randomID();
    this.#outbox.add({ id, room, message: { user: this.#options.user, ...message, id } });
    return id;
  }

  retry(id) {
    this.#outbox.retry(id);
  }

  discard(id) {
    this.#outbox.discard(id);
  }

  typing(room, user = this.#options.user) {
    if (Date.now() - (this.#typed.get(room) ?? 0) < 1000) return;
    this.#typed.set(room, Date.now());
    this.#gateway.json(path(room, "typing"), { method: "POST", body: { user } }).catch(() => {});
  }

  messages(room, { before, after, limit } = {}) {
    return this.#gateway.json(path(room, "messages"), { query: { before, after, limit } });
  }

  presence(room) {
    return this.#gateway.json(path(room, "presence"));
  }

  connect() {
    if (this.#stream) this.#stream.open();
    else this.#channel?.postMessage({ kind: "connect" });
  }

  close() {
    this.#closed.abort();
    for (const room of this.#rooms.values()) room.turn += 1;
    this.#rooms.clear();
    this.#outbox.clear();
    this.#stepDown();
    this.#channel?.close();
    this.#channel = undefined;
    this.#become({ state: "over", reason: "closed" });
  }

  #forget(room) {
    this.#rooms.get(room).turn += 1;
    this.#rooms.delete(room);
  }

  #awake() {
    if (this.state !== "over") this.#stream?.open();
    this.#outbox.wake();
  }

  #fire(name, detail, cursor) {
    this.dispatchEvent(Object.assign(new CustomEvent(name, { detail }), { cursor }));
  }

  #become(status) {
    if (!this.#rooms.size && status.state !== "over") return;
    this.#status = status;
    this.state = status.state;
    this.#fire("state", status);
  }

  #post({ room, message }) {
    const headers = this.#options.excludeMe && this.#shared.stream ? { "X-Stream-Id": this.#shared.stream } : {};
    return this.#gateway.json(path(room, "messages"), { method: "POST", headers, body: message });
  }

  // Of all tabs with the same address and user the one that has the lock holds the stream, and tells the others.
  async #start() {
    const { signal } = this.#closed;
    const { share, user, token, ticket, excludeMe } = this.#options;
    let key = typeof share === "string" ? share : user;
    if (share && token && !key) key = await this.#subject();
    if (signal.aborted) return;
    if (!share || !navigator.locks || (!key && (token || ticket))) return void this.#lead();
    this.#name = JSON.stringify(["chat-gateway", this.#gateway.base.href, key, Boolean(excludeMe)]);
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    // Whoever leads gets this lock when the tab has gone.
    await new Promise((resolve) => {
      const life = new Promise((end) => signal.addEventListener("abort", end));
      navigator.locks.request(this.#name + this.#id, () => (resolve(), life));
    });
    if (signal.aborted) return;
    this.#say();
    this.#stand();
    const watch = setInterval(() => this.#watchLeader(), 4000 + 2000 * Math.random());
    signal.addEventListener("abort", () => clearInterval(watch));
  }

  async #subject() {
    for (let failures = 0; !this.#closed.signal.aborted; failures += 1) {
      try {
        const token = await this.#gateway.token();
        return token?.split(".").length === 3 ? subject(token) : undefined;
      } catch {
        await sleep(backoff(failures));
      }
    }
  }

  // A tab that is frozen keeps its lock and says nothing.
  #watchLeader() {
    if (this.#stream || this.#silence++ === 0) return;
    if (this.#silence > 3) this.#stand({ steal: true });
    else this.#say();
  }

  async #stand(options) {
    this.#silence = 0;
    this.#waiting?.abort();
    const waiting = (this.#waiting = new AbortController());
    await navigator.locks.request(this.#name, options ?? { signal: waiting.signal }, () => this.#lead()).catch(() => {});
    if (waiting !== this.#waiting || this.#closed.signal.aborted) return;
    this.#stepDown();
    this.#stand();
  }

  #lead() {
    if (this.#closed.signal.aborted) return undefined;
    this.#term = Math.max(Date.now(), this.#term + 1);
    this.#leading = new AbortController();
    this.#stream = new Stream(this.#gateway, (event) => this.#tell({ kind: "event", ...event }));
    const others = [...this.#tabs];
    this.#tabs = new Map([[this.#id, this.rooms]]);
    for (const [tab, rooms] of others) this.#admit(tab, rooms);
    this.#stream.open(this.#union(), this.#cursor);
    this.#tell(this.#standing());
    return new Promise((end) => this.#leading.signal.addEventListener("abort", end));
  }

  #stepDown() {
    this.#leading?.abort();
    this.#waiting?.abort();
    clearTimeout(this.#change);
    this.#stream?.close();
    this.#stream = undefined;
  }

  #admit(tab, rooms) {
    const isNew = !this.#tabs.has(tab);
    this.#tabs.set(tab, rooms);
    if (!isNew || tab === this.#id) return;
    const gone = () => this.#tabs.delete(tab) && this.#adjust();
    navigator.locks.request(this.#name + tab, { signal: this.#leading.signal }, gone).catch(() => {});
  }

  #union() {
    return [...new Set([...this.#tabs.values()].flat())].slice(0, 100);
  }

  #adjust() {
    if (!this.#stream) return;
    const [rooms, present] = [this.#union(), this.#stream.rooms];
    const isMore = rooms.some((room) => !present.includes(room));
    if (!isMore && rooms.length === present.length) return;
    clearTimeout(this.#change);
    this.#change = setTimeout(() => {
      // The cursor may be far behind where a new room is: from the present on, and the rest from the lists of messages.
      const { token, ticket } = this.#options;
      this.#stream.open(this.#union(), isMore && (token || !ticket) ? null : this.#stream.cursor);
    }, isMore ? 20 : 3000);
  }

  #standing() {
    return { kind: "leader", tabs: [...this.#tabs], cursor: this.#cursor, shared: this.#shared, status: this.#status };
  }

  #say() {
    if (this.#stream) {
      this.#tabs.set(this.#id, this.rooms);
      this.#adjust();
      this.#settle();
    } else this.#channel?.postMessage({ kind: "tab", tab: this.#id, rooms: this.rooms });
  }

  #tell(message) {
    this.#channel?.postMessage({ term: this.#term, ...message });
    if (message.kind === "event") this.#receive(message);
  }

  #hear(message) {
    if (message.kind === "connect") return void this.#stream?.open();
    if (message.kind === "tab") {
      if (!this.#stream) return void this.#tabs.set(message.tab, message.rooms);
      if (!this.#tabs.has(message.tab) && this.state === "over") this.#stream.open();
      this.#admit(message.tab, message.rooms);
      this.#adjust();
      return this.#tell(this.#standing());
    }
    if (message.term < this.#term) return;
    this.#silence = 0;
    if (message.term > this.#term) {
      this.#term = message.term;
      if (this.#stream) this.#stepDown();
      this.#say();
    }
    if (message.kind === "event") return this.#receive(message);
    this.#tabs = new Map(message.tabs);
    this.#align(message.cursor, message.cursor);
    this.#arrive(message.shared);
    if (message.status.state !== this.state) this.#become(message.status);
  }

  #receive({ name, data, prev, id }) {
    if (id !== undefined) this.#align(name === "ready" ? id : prev, id);
    const room = this.#rooms.get(data.room);
    if (name === "ready") {
      this.#arrive({ rooms: Object.keys(data.rooms), node: data.node, stream: data.stream });
      this.#become({ state: "online" });
    } else if (name === "state") this.#become(data);
    else if (name === "refused") this.#refuse(data);
    else if (name === "message") {
      if (room?.held) room.held.push([data, id]);
      else if (room?.isLive) this.#deliver(room, data, id);
      if (room?.held?.length > remembered) this.#sync(data.room, room);
    } else if (room) this.#fire(name, data, id);
  }

  // What one tab is told joins on to what it was told before, or the lists of messages have to fill the hole.
  #align(prev, next) {
    if (prev !== this.#cursor) {
      for (const room of this.#rooms.values()) this.#suspend(room);
      this.#cursor = prev;
      this.#settle();
    }
    this.#cursor = next;
  }

  #suspend(room) {
    if (room.isLive) room.from = this.#cursor;
    room.turn += 1;
    Object.assign(room, { isLive: false, held: undefined });
  }

  #arrive(shared) {
    const isNew = shared.stream !== this.#shared.stream;
    this.#shared = shared;
    this.#settle();
    if (!isNew) return;
    this.#fire("ready", { ...shared, rooms: this.rooms.filter((room) => shared.rooms.includes(room)) });
    this.#outbox.wake();
  }

  #settle() {
    for (const [name, room] of this.#rooms) {
      if (!this.#shared.rooms.includes(name)) this.#suspend(room);
      else if (!room.isLive && !room.held) this.#sync(name, room);
    }
  }

  #refuse({ rooms, ...why }) {
    const mine = rooms.filter((room) => this.#rooms.has(room));
    for (const room of mine) this.#forget(room);
    for (const [tab, names] of this.#tabs) this.#tabs.set(tab, names.filter((room) => !rooms.includes(room)));
    for (const room of mine) this.#fire("refused", { room, ...why });
    if (mine.length) this.#say();
    if (mine.length && !this.#rooms.size) this.#become({ state: "over", ...why });
    this.#stream?.open(this.#union());
  }

  // Up to the stream's cursor by the lists of messages; what the stream brings meanwhile has to wait.
  async #sync(name, room) {
    const turn = ++room.turn;
    let anchor = this.#cursor;
    room.held = [];
    for (let failures = 0; room.turn === turn; ) {
      try {
        const page = room.from ? await this.messages(name, { after: room.from, limit: 500 }) : await this.#before(name, anchor);
        if (room.turn !== turn) return;
        for (const { cursor, ...message } of page.messages) this.#deliver(room, message, cursor);
        room.from = page.last ?? room.from ?? anchor;
        if (!page.more) break;
      } catch (problem) {
        if (room.turn !== turn) return;
        if ([401, 403].includes(problem.status)) break;
        if (problem.status === 410 && room.from) this.#fire("gap", { room: name, reason: "expired" });
        if (problem.status === 410) room.from = anchor = undefined;
        else await sleep(backoff(failures++));
      }
    }
    if (room.turn !== turn) return;
    const { held } = room;
    Object.assign(room, { held: undefined, isLive: true });
    for (const [message, cursor] of held) this.#deliver(room, message, cursor);
  }

  // The list of what is before a cursor leaves out the message at it.
  async #before(name, cursor) {
    const limit = this.#options.history;
    if (!limit) return { messages: [] };
    const { messages, last } = await this.messages(name, { before: cursor, limit });
    const next = await this.messages(name, last ? { after: last, limit: 1 } : { limit: 500 });
    return { messages: [...messages, ...next.messages.filter((message) => message.cursor === cursor)].slice(-limit) };
  }

  #deliver(room, message, cursor) {
    if (room.seen.has(message.id)) return;
    room.seen.add(message.id);
    if (room.seen.size > remembered) room.seen.delete(room.seen.values().next().value);
    const isOwn = this.#outbox.sent(message);
    if (!isOwn || !this.#options.excludeMe) this.#fire("message", message, cursor);
  }
}
