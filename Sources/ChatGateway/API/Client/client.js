// The server knows a message again by its id for five minutes; after that a repetition would appear twice.
const [repeatable, remembered, atMost, excess] = [4 * 60_000, 1000, 100, "too-many-rooms"];
const refusals = { 204: "kicked", 400: "bad-request", 401: "unauthorized", 403: "forbidden", 414: excess, 431: excess };
const isOfRooms = (status) => [400, 403, 414, 431].includes(status);
const sleep = (time) => new Promise((resolve) => setTimeout(resolve, time));
const backoff = (failures) => Math.min(2 ** failures, 16) * (500 + 500 * Math.random());
const path = (room, part) => `rooms/${encodeURIComponent(room)}/${part}`;
// crypto.randomUUID exists on https only.
const randomID = () => crypto.getRandomValues(new Uint32Array(5)).reduce((id, part) => id + part.toString(36), "");

// What is public is described in client.d.ts.
export class ChatClient extends EventTarget {
  state = "connecting"; #rooms = new Map(); #unsent = new Map(); #queues = new Map();
  #shared = { state: "connecting", rooms: [] }; #stream = { rooms: [], turn: 0, failures: 0 }; #term = 0; #silence = 0;
  #options; #base; #token; #cursor; #lock; #channel; #waiting; #leads; #wish; #timer; #calm = 0;
  // Taken as options of listeners: until the end, and also of events that do not bubble.
  #end = Object.assign(new AbortController(), { capture: true });
  constructor({ rooms = [], share = true, url = "/", ...options } = {}) {
    super();
    this.#options = { history: 50, ...options };
    this.#base = new URL(url.replace(/\/?$/, "/"), location.href);
    for (const room of rooms) this.#rooms.set(room, { seen: new Set(), turn: 0 });
    addEventListener("online", () => this.#leads && this.state !== "over" && this.#open(), this.#end);
    const user = typeof share === "string" ? share : options.user ?? (options.token || options.ticket ? undefined : "");
    if (!share || user === undefined || !navigator.locks) return void this.#lead(this.#end.signal);
    this.#lock = JSON.stringify(["chat-gateway", this.#base, user, Boolean(options.excludeMe)]);
    try { this.#channel = new BroadcastChannel(this.#lock); } catch (problem) { return void this.#alone(problem); }
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    // A tab that is frozen keeps its locks, and answers for a stream that stands still.
    for (const name of ["freeze", "pagehide"]) addEventListener(name, () => this.#lock && this.#rest(), this.#end);
    for (const name of ["resume", "pageshow"]) addEventListener(name, () => this.#lock && this.#watch(), this.#end);
    this.#timer = setInterval(() => this.#watch(), 4000 + 2000 * Math.random());
    this.#stand();
  }
  get rooms() { return [...this.#rooms.keys()]; }
  connect() { this.#ask(true); }
  messages(room, query) { return this.#request(path(room, "messages"), { query }); }
  presence(room) { return this.#request(path(room, "presence")); }
  join(room) {
    if (!this.#rooms.has(room)) this.#rooms.set(room, { seen: new Set(), turn: 0 });
    this.#wishFor();
  }
  leave(room) { if (this.#rooms.delete(room)) this.#wishFor(); }
  send(room, { id = randomID(), ...message }) {
    if (this.#unsent.size >= remembered) throw new RangeError("Too many messages wait to be sent");
    this.#queue({ id, room, message: { id, user: this.#options.user, ...message } });
    return id;
  }
  retry(id) { if (this.#unsent.get(id)?.state === "failed") this.#queue({ ...this.#unsent.get(id) }); }
  discard(id) { this.#unsent.delete(id); }
  typing(room, user = this.#options.user) {
    const state = this.#rooms.get(room) ?? {};
    if (Date.now() - state.typed < 1000) return;
    state.typed = Date.now();
    this.#request(path(room, "typing"), { body: { user } }).catch(() => {});
  }
  close() {
    this.#end.abort();
    this.#part();
    for (const map of [this.#rooms, this.#unsent]) map.clear();
    this.#enter({ state: "over", reason: "closed" });
  }
  #fire(name, detail, cursor) { this.dispatchEvent(Object.assign(new CustomEvent(name, { detail }), { cursor })); }
  #enter({ state, reason, status }) {
    if (state === this.state || (state !== "over" && !this.#rooms.size)) return;
    this.#fire("state", { state: (this.state = state), reason, status });
  }
  #url(path, query = {}) {
    const pairs = Object.entries(query).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one]));
    return Object.assign(new URL(path, this.#base), { search: new URLSearchParams(pairs) });
  }
  async #request(path, { query, body, ...init } = {}, isAgain = false) {
    const token = (this.#token = (!isAgain && this.#token) || (await this.#options.token?.()));
    const headers = { ...init.headers, ...(token && { Authorization: `Bearer ${token}` }) };
    const json = body && { method: "POST", body: new Blob([JSON.stringify(body)], { type: "application/json" }) };
    const request = { ...init, ...json, headers, signal: AbortSignal.timeout(15_000) };
    const answer = await fetch(this.#url(path, query), request);
    const [{ status }, content] = [answer, await answer.json().catch(() => ({}))];
    if (answer.ok && status !== 204) return content;
    if (status === 401 && this.#options.token && !isAgain) return this.#request(path, { query, body, ...init }, true);
    const retryAfter = Number(answer.headers.get("Retry-After")) || 0;
    throw Object.assign(new Error(content.detail ?? `Status ${status}`), { status, retryAfter, problem: content });
  }
  async #ticket(isForToken) {
    const { ticket, token } = this.#options;
    return ticket || !token || !isForToken ? ticket?.() : (await this.#request("tickets", { method: "POST" })).ticket;
  }
  #status(room, last_event_id) {
    const head = (ticket) => this.#request("events", { method: "HEAD", query: { room, ticket, last_event_id } });
    return this.#ticket(false).then(head).then(() => 200, ({ status }) => status);
  }
  async #open(rooms = this.#stream.rooms, cursor = this.#cursor) {
    const [stream, turn] = [Object.assign(this.#stream, { rooms }), this.#shut()];
    if (!rooms.length) return;
    const { user, excludeMe } = this.#options;
    const [ticket, problem] = await this.#ticket(true).then((ticket) => [ticket], (problem) => [, problem]);
    if (turn !== stream.turn) return;
    if (problem) return this.#judge(problem.status);
    const query = { room: rooms, last_event_id: cursor, user, exclude: excludeMe ? "me" : [], ticket };
    const source = (stream.source = new EventSource(this.#url("events", query)));
    const on = (name, hear) => source.addEventListener(name, (e) => hear(JSON.parse(e.data), e.lastEventId));
    on("ready", ({ node, stream: id, rooms }, cursor) => {
      Object.assign(stream, { failures: 0, farewell: undefined });
      this.#tell("shared", { state: "online", node, stream: id, rooms: Object.keys(rooms) }, cursor);
    });
    for (const name of ["message", "gap", "typing", "presence"]) on(name, (data, id) => this.#tell(name, data, id));
    on("bye", ({ reason, reconnect }) => {
      stream.farewell = reason;
      if (reason === "expired") this.#open();
      else if (!reconnect) this.#judge(204, reason);
    });
    const wait = () => this.#tell("shared", { state: "waiting", reason: stream.farewell });
    source.onerror = () => (source.readyState === EventSource.CLOSED ? this.#judge() : wait());
  }
  #shut() { this.#stream.source?.close(); return (this.#stream.turn += 1); }
  async #judge(status, reason = refusals[status]) {
    const { turn, rooms, source, farewell } = this.#stream;
    source?.close();
    // A browser gives an EventSource up for good on any answer but 200: a proxy's 502 ends it just like a refusal.
    if (!refusals[status]) {
      this.#tell("shared", { state: "waiting", reason: farewell });
      await sleep(backoff(this.#stream.failures++));
      const found = turn === this.#stream.turn && (await this.#status(rooms));
      return turn === this.#stream.turn && (refusals[found] ? this.#judge(found) : this.#open());
    }
    // One room that is not allowed is enough for a refusal of all.
    const ask = (part) => Promise.all(rooms.map((_, index) => this.#status(part(index), "-".repeat(700))));
    const each = isOfRooms(status) ? await ask((index) => rooms[index]) : [];
    let refused = rooms.filter((_, index) => isOfRooms(each[index]));
    const isClear = each.every((found) => found === 200 || refusals[found]);
    // All together may be too many, or their names too long beside what else the head of a stream's request has.
    const first = each.length && !refused.length ? isClear && (await ask((at) => rooms.slice(0, at + 1))) : undefined;
    const limit = first && first.findIndex(isOfRooms);
    if (turn !== this.#stream.turn) return;
    if (each.includes(204) || limit < 1) return this.#judge(each.find((one) => one === 204));
    if (limit) [refused, reason] = [rooms.slice(limit), excess];
    this.#tell("shared", { state: refused.length ? "waiting" : "over", reason, status, refused, limit });
    if (refused.length) this.#open(rooms.filter((room) => !refused.includes(room)));
  }
  // Of all tabs that have the same gateway and user, the one with the lock holds the stream, and tells the others.
  async #stand(options) {
    if (!this.#waiting) this.#wishFor(true);
    this.#stepDown();
    const { signal } = (this.#waiting = new AbortController());
    await navigator.locks.request(this.#lock, options ?? { signal }, () => this.#lead(signal)).catch(this.#alone);
    if (signal === this.#waiting?.signal) this.#stand();
  }
  #lead(signal) {
    [this.#leads, this.#term] = [true, Math.max(Date.now(), this.#term + 1)];
    this.#open(this.#shared.rooms);
    this.#ask();
    return new Promise((resolve) => signal.addEventListener("abort", resolve));
  }
  #stepDown() { if (this.#leads) this.#shut(); this.#leads = void this.#waiting?.abort(); }
  #rest() { this.#stepDown(); this.#waiting = void this.#wish?.resolve(); }
  #part() {
    this.#rest();
    [this.#lock, this.#timer, this.#channel] = [undefined, clearInterval(this.#timer), this.#channel?.close()];
  }
  // To whom site data is refused, locks and channels are.
  #alone = ({ name }) => name !== "AbortError" && this.#lock && this.#lead(this.#part() ?? this.#end.signal);
  // A tab that hangs keeps its locks, too, and says nothing.
  #watch() {
    if (!this.#waiting) this.#stand();
    else if (this.#leads) this.#adjust();
    else if (this.#silence++ > 2) this.#stand({ steal: true });
    else if (this.#silence > 1) this.#ask();
  }
  // Which rooms are wanted is told by names of locks: those of a tab that has gone are gone.
  #wishFor(isNew) {
    if (!this.#lock) return this.#ask();
    const [last, wish] = [this.#wish, (this.#wish = Promise.withResolvers())];
    const hold = () => { last?.resolve(); this.#ask(isNew); return wish.promise; };
    navigator.locks.request(`${this.#lock} ${JSON.stringify(this.rooms)}`, { mode: "shared" }, hold).catch(this.#alone);
  }
  async #adjust() {
    await sleep(20);
    const [{ held }, { rooms: present }] = [this.#lock ? await navigator.locks.query() : { held: [] }, this.#stream];
    const wishes = held.map(({ name }) => name.split(`${this.#lock} `)).filter(([start]) => !start);
    const wanted = new Set([...this.rooms, ...wishes.flatMap(([, list]) => JSON.parse(list))]);
    // What is new takes no place of what is there.
    const rooms = [...new Set([...present.filter((room) => wanted.has(room)), ...wanted])];
    const refused = rooms.splice(atMost);
    const isMore = rooms.some((room) => !present.includes(room));
    if (this.#leads && refused.length) this.#tell("shared", { refused, status: 400, reason: excess, limit: atMost });
    // The cursor may be far behind where a new room is: from the present on, and the rest from the lists of messages.
    if (this.#leads && (isMore || rooms.length < present.length)) this.#open(rooms, isMore ? null : this.#cursor);
  }
  #ask(again) {
    if (!this.#leads) return this.#channel?.postMessage({ asks: true, again });
    if (again && this.#shared.state !== "online") this.#open();
    this.#tell("shared", {});
    this.#adjust();
  }
  #tell(name, data, id = this.#cursor, prev = name === "shared" ? id : this.#cursor) {
    if (name === "shared") data = { ...this.#shared, reason: undefined, status: undefined, refused: [], ...data };
    const message = { term: this.#term, name, data, prev, id };
    this.#channel?.postMessage(message);
    this.#receive(message);
  }
  #hear(message) {
    if (message.asks) return this.#leads && this.#ask(message.again);
    if (message.term < this.#term) return;
    if (message.term > this.#term) this.#stepDown();
    [this.#term, this.#silence] = [message.term, 0];
    this.#receive(message);
  }
  #receive({ name, data, prev, id }) {
    if (prev !== this.#cursor) this.#settle(prev);
    this.#cursor = id;
    const room = this.#rooms.get(data.room);
    if (name === "shared") this.#follow(data);
    else if (name !== "message" && room) this.#fire(name, data, id);
    else if (room?.held?.push([data, id]) > remembered) this.#sync(data.room, room);
    else if (room?.isLive) this.#deliver(room, data, id);
  }
  #follow({ node, stream, rooms, refused, limit, ...status }) {
    const [isNew, carried] = [stream !== this.#shared.stream, this.rooms.filter((room) => rooms.includes(room))];
    this.#shared = { node, stream, rooms, ...status };
    this.#settle(this.#cursor);
    if (isNew && this.#rooms.size) this.#fire("ready", { node, stream, rooms: carried });
    const mine = refused.filter((room) => this.#rooms.delete(room));
    for (const room of mine) this.#fire("refused", { room, reason: status.reason, status: status.status, limit });
    this.#enter(mine.length && !this.#rooms.size ? { ...status, state: "over" } : status);
    if (mine.length) this.#wishFor();
  }
  // Where what is told does not join on to what was told before, the lists of messages have to fill the hole.
  #settle(cursor) {
    const [last, isBroken] = [this.#cursor, cursor !== this.#cursor];
    this.#cursor = cursor;
    for (const [name, room] of this.#rooms) {
      const isCarried = this.#shared.rooms.includes(name);
      if (room.isLive && (isBroken || !isCarried)) room.from = last;
      if (isBroken || !isCarried) Object.assign(room, { turn: room.turn + 1, isLive: false, held: undefined });
      if (isCarried && !room.isLive && !room.held) this.#sync(name, room);
    }
  }
  async #sync(name, room, failures = 0) {
    const [turn, { history }] = [(room.turn += 1), this.#options];
    room.held = [];
    if (!history) room.from ??= this.#cursor;
    let query = room.from ? { after: room.from } : { before: this.#cursor, limit: Math.min(history, 500) };
    while (query) {
      const page = await this.messages(name, { limit: 500, ...query }).catch((problem) => problem);
      if (turn !== room.turn || this.#rooms.get(name) !== room) return;
      for (const { cursor, ...message } of page.messages ?? []) this.#deliver(room, message, cursor);
      const isLost = page.status === 410 || refusals[page.status];
      if (isLost && room.from) this.#fire("gap", { room: name, reason: "expired" });
      room.from = isLost ? undefined : page.last ?? room.from;
      // What is before a cursor does not include the message at it.
      if (page.messages) query = (query.after ? page.more : query.before) && { after: room.from };
      else if (isLost) query = page.status === 410 && {};
      else await sleep(Math.max(backoff(failures++), Math.min(page.retryAfter || 0, 60) * 1000));
    }
    for (const [message, cursor] of room.held) this.#deliver(room, message, cursor);
    Object.assign(room, { isLive: true, held: undefined });
  }
  #deliver({ seen }, message, cursor) {
    if (seen.has(message.id)) return;
    if (seen.add(message.id).size > remembered) seen.delete(seen.values().next().value);
    // What comes back was sent, whatever became of the answer.
    if (!this.#sent(message) || !this.#options.excludeMe) this.#fire("message", message, cursor);
  }
  #queue(item) {
    this.#unsent.set(item.id, Object.assign(item, { made: Date.now() }));
    this.#become(item, "queued");
    this.#queues.set(item.room, Promise.resolve(this.#queues.get(item.room)).then(() => this.#post(item)));
  }
  #become(item, state, more) {
    this.#fire("outbox", { id: item.id, room: item.room, state: (item.state = state), ...more });
  }
  #sent(message) {
    const item = this.#unsent.get(message.id);
    if (!this.#unsent.delete(message.id)) return false;
    if (this.#options.excludeMe) this.#rooms.get(item.room)?.seen.add(item.id);
    this.#become(item, "sent", { message });
    return true;
  }
  async #post(item, failures = 0, refusal) {
    while (Date.now() < this.#calm) await sleep(this.#calm - Date.now());
    if (this.#unsent.get(item.id) !== item) return;
    // Between two attempts the machine may have slept.
    if (refusal && Date.now() - item.made > repeatable) return this.#become(item, "failed", { problem: refusal });
    this.#become(item, "sending");
    const headers = this.#options.excludeMe ? { "X-Stream-Id": this.#shared.stream } : {};
    const answer = this.#request(path(item.room, "messages"), { headers, body: item.message });
    const { status = 0, retryAfter = 0, problem } = await answer.then((sent) => this.#sent(sent), (error) => error);
    if (this.#unsent.get(item.id) !== item) return;
    const isFinal = status >= 400 && status < 500 && ![408, 429].includes(status);
    // Where one message has to wait, none is sent.
    if (!isFinal) this.#calm = Math.max(this.#calm, Date.now() + Math.min(retryAfter * 1000, repeatable));
    const isOver = isFinal || Math.max(Date.now(), this.#calm) - item.made > repeatable;
    if (isOver) return this.#become(item, "failed", { problem: { status, ...problem } });
    this.#become(item, "queued");
    const ready = new Promise((resolve) => this.addEventListener("ready", resolve, { once: true }));
    if (!retryAfter) await Promise.race([sleep(backoff(failures)), ready]);
    return this.#post(item, failures + 1, { status, ...problem });
  }
}
