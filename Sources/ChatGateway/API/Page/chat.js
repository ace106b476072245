import { ChatClient } from "./client.js";

const defaultRoom = "lobby";
const pageSize = 50;
const shownAtMost = 1000;
const keptAtMost = 200; // Of a room that is not shown.
const roomsAtMost = 100; // A stream has no more.

const part = (id) => document.getElementById(id);
const copy = (id) => part(id).content.firstElementChild.cloneNode(true);
const log = part("log");
const rooms = new Map();
const drafts = new Map();
const own = new Set(recall("own"));
let chat;
let current;
let following = true;
let saving;

function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(`chat.${key}`)) ?? [];
  } catch {
    return [];
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(`chat.${key}`, JSON.stringify(value));
  } catch {
    // Storage is switched off or full: what it would hold lives as long as the page.
  }
}

class Room {
  unread = 0;
  shown = new Map();
  typists = new Map();
  written = "";
  hasMore = false; // Older messages on the server.
  isDetached = false; // From the newest messages: what comes is counted and not shown.
  isPlaced = false;

  // `read` is the time of the last message that was read: "" if there was none, nothing if the room is new here.
  constructor(name, read) {
    Object.assign(this, { name, read, lists: copy("lists"), entry: copy("entry") });
    [this.list, this.unsent] = this.lists.children;
    this.link = this.entry.querySelector(".room");
    this.link.href = `?${new URLSearchParams({ room: name })}`;
    this.link.querySelector(".label").textContent = name;
    this.link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      visit(this);
    });
    this.entry.querySelector(".leave").ariaLabel = `Leave ${name}`;
    this.entry.querySelector(".leave").addEventListener("click", () => rooms.size > 1 && leave(this).link.focus());
  }

  get isWatched() {
    return this === current && following && !this.isDetached && !document.hidden;
  }

  receive(message) {
    if (this.shown.has(message.id)) return;
    drafts.get(message.id)?.remove();
    this.stopsTyping(message.user);
    // Who reads further up shall not lose the place.
    if (this === current && !following && this.list.childElementCount >= shownAtMost) this.isDetached = true;
    const item = this.isDetached ? undefined : this.item(message);
    if (this.isUnread(message)) {
      if (item && !this.unread && !(this.isWatched && this.isPlaced)) this.mark(item);
      this.unread += 1;
      if (item && this === current && this.isPlaced) announce(`${item.sender}: ${item.text}`);
    }
    if (item) this.append(item);
    else settle();
  }

  isUnread(message) {
    return !own.has(message.id) && this.read !== undefined && message.time > this.read;
  }

  tell(text) {
    const item = copy("notice");
    item.textContent = text;
    item.day = this.list.lastElementChild?.day;
    this.append(item);
  }

  append(item) {
    this.hasMore ||= !this.list.firstElementChild;
    this.list.append(item);
    dress(item);
    // A tab in the background has few frames in which to settle.
    const limit = this === current ? shownAtMost : keptAtMost;
    if (this.list.childElementCount >= 2 * limit) this.trim(limit);
    settle();
  }

  item(message) {
    const item = messageItem(message);
    this.shown.set(message.id, item);
    return item;
  }

  drop(item) {
    this.shown.delete(item.message?.id);
    item.remove();
  }

  trim(limit) {
    if (this.list.childElementCount <= limit) return;
    while (this.list.childElementCount > limit) this.drop(this.list.firstElementChild);
    this.hasMore = true;
    dress(this.list.firstElementChild);
  }

  async loadEarlier() {
    if (this.loading || !this.hasMore) return;
    const loading = (this.loading = {});
    const before = Array.from(this.list.children).find((item) => item.message)?.message.cursor;
    const page = await chat.messages(this.name, { before, limit: pageSize }).catch((problem) => problem);
    // What was asked for before the list began anew does not join on to it.
    if (loading !== this.loading) return;
    this.loading = undefined;
    if (page.messages) this.prepend(page);
    if (page.messages && this === current) watchBeginning();
    if (page.status === 410) this.hasMore = false;
    settle();
  }

  prepend({ messages, more }) {
    // Of what the stream has brought meanwhile the page has the right place.
    for (const { id } of messages) if (this.shown.has(id)) this.drop(this.shown.get(id));
    const bottom = log.scrollHeight - log.scrollTop;
    this.list.prepend(...messages.map((message) => this.item(message)));
    for (const item of Array.from(this.list.children).slice(0, messages.length + 1)) dress(item);
    this.hasMore = more;
    if (this !== current || following) return;
    for (; this.list.childElementCount > shownAtMost; this.isDetached = true) this.drop(this.list.lastElementChild);
    log.scrollTop = log.scrollHeight - bottom;
  }

  empty(hasMore = false) {
    for (const item of Array.from(this.list.children)) this.drop(item);
    Object.assign(this, { loading: undefined, marked: undefined, unread: 0, isDetached: false, hasMore });
    // That the place of an emptied list is its top is no scrolling of the reader's.
    if (this === current) [following, scrolledTo] = [true, 0];
  }

  // Begins anew with the newest messages.
  reload() {
    this.empty(true);
    this.loadEarlier();
  }

  mark(item) {
    if (this.marked) this.marked.querySelector(".new").hidden = true;
    this.marked = item;
    if (!item) return;
    item.querySelector(".new").hidden = false;
    item.classList.remove("follows");
  }

  catchUp() {
    const time = this.list.lastElementChild?.message?.time ?? this.read ?? "";
    if (!this.unread && time === this.read) return;
    this.unread = 0;
    this.read = time;
    save();
  }

  // A tab that was opened half a second behind another one does not know yet what that one has read.
  readElsewhere(read) {
    if (read === undefined || (this.read !== undefined && read <= this.read)) return;
    this.read = read;
    this.unread = Array.from(this.shown.values()).filter(({ message }) => this.isUnread(message)).length;
    settle();
  }

  typing(user) {
    clearTimeout(this.typists.get(user));
    this.typists.set(user, setTimeout(() => this.stopsTyping(user), 4000));
    if (this === current) showTyping();
  }

  stopsTyping(user) {
    clearTimeout(this.typists.get(user));
    if (this.typists.delete(user) && this === current) showTyping();
  }

  async askWhoIsHere() {
    this.changes = [];
    try {
      const { streams, users } = await chat.presence(this.name);
      this.people = { streams, names: new Set(users.map(({ user }) => user)) };
    } catch {
      this.people = undefined;
    }
    const changes = this.changes;
    this.changes = undefined;
    for (const change of changes ?? []) this.presence(change);
    if (this === current) showPeople();
  }

  presence(change) {
    this.changes?.push(change);
    if (this.changes || !this.people) return;
    const { streams, joined, left } = change;
    // They were too many to be named, and are no more.
    if (!this.people.names.size && streams > joined.length && joined.concat(left).length) return this.askWhoIsHere();
    this.people.streams = streams;
    for (const user of joined) this.people.names.add(user);
    for (const user of left) this.people.names.delete(user);
    if (this === current) showPeople();
  }
}

function problemOf(name) {
  if (rooms.size >= roomsAtMost && !rooms.has(name)) return "These are too many rooms: leave another one first.";
  const length = new TextEncoder().encode(name).length;
  // A browser takes dots for a way through folders, however they are written.
  const isPossible = length > 0 && length <= 128 && !/[/\p{Cc}]/u.test(name) && name !== "." && name !== "..";
  return isPossible ? "" : refusals[400];
}

function join(name, read) {
  if (rooms.has(name)) return rooms.get(name);
  const room = new Room(name, read);
  rooms.set(name, room);
  part("rooms").append(room.entry);
  chat?.join(name);
  // Half a list would have other tabs leave the other half.
  if (chat) saveNow();
  return room;
}

// Returns the room that is next to it.
function leave(room) {
  const all = Array.from(rooms.values());
  const next = all[all.indexOf(room) + 1] ?? all[all.indexOf(room) - 1];
  rooms.delete(room.name);
  room.entry.remove();
  chat.leave(room.name);
  for (const draft of drafts.values()) draft.tidy();
  saveNow();
  if (room === current) visit(next);
  settle();
  return next;
}

// Shows a room and makes it the page's address.
function visit(room) {
  if (room !== current) history.pushState(null, "", room.link.href);
  show(room);
  part("text").focus();
}

function show(room, why = "") {
  if (current) {
    current.written = part("text").value;
    part("text").value = room.written;
    if (current !== room) current.mark();
    current.link.ariaCurrent = null;
    current.lists.remove();
  }
  current = room;
  following = true;
  notice = why;
  room.link.ariaCurrent = "page";
  room.isPlaced = false;
  if (room.isDetached) room.reload();
  log.append(room.lists);
  part("room").textContent = room.name;
  toggleSidebar(false);
  showTyping();
  showPeople();
  showBanner();
  settle();
  watchBeginning();
  if (chat?.state === "online") room.askWhoIsHere();
}

function showRoomOfAddress() {
  const asked = new URLSearchParams(location.search).get("room");
  const problem = asked === null ? "" : problemOf(asked);
  show(asked !== null && !problem ? join(asked) : rooms.values().next().value ?? join(defaultRoom), problem);
}

function save() {
  saving ??= setTimeout(saveNow, 500);
}

function saveNow() {
  clearTimeout(saving);
  saving = undefined;
  keep("rooms", Array.from(rooms.values(), ({ name, read }) => ({ name, read })));
}

addEventListener("pagehide", () => saving && saveNow());
addEventListener("storage", ({ key }) => {
  if (key === "chat.own") for (const id of recall("own")) own.add(id);
  if (key !== "chat.rooms") return;
  const list = recall("rooms");
  for (const { name, read } of list) join(name, read).readElsewhere(read);
  for (const room of rooms.values()) {
    if (room !== current && !list.some(({ name }) => name === room.name)) leave(room);
  }
});

function messageItem(message) {
  const item = copy("message");
  const sender = readable(message.user ?? message.name ?? "somebody");
  const text = readable(message.text ?? message.message ?? message);
  const time = new Date(message.time);
  const isOwn = own.has(message.id);
  Object.assign(item, { message, sender, text, time, isOwn });
  item.classList.toggle("own", isOwn);
  item.style.setProperty("--hue", hue(sender));
  item.querySelector(".user").textContent = sender;
  item.querySelector(".avatar").textContent = Array.from(sender.trim())[0]?.toUpperCase() ?? "?";
  item.querySelector(".text").append(...linked(text));
  if (!Number.isNaN(time.valueOf())) {
    item.querySelector("time").dateTime = message.time;
    item.querySelector("time").title = time.toLocaleString();
    item.querySelector("time").textContent = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    item.day = time.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  }
  return item;
}

// What depends on the item before it: the day's name, and whether somebody goes on talking.
function dress(item) {
  if (!item?.message) return;
  const before = item.previousElementSibling;
  item.day ??= before?.day;
  const isSameDay = item.day === before?.day;
  item.querySelector(".day").hidden = isSameDay;
  item.querySelector(".day").textContent = item.day ?? "";
  const isSoon = item.time - before?.time < 5 * 60_000 && isSameDay;
  const isSameOne = item.sender === before?.sender && item.isOwn === before.isOwn;
  item.classList.toggle("follows", isSoon && isSameOne && item.querySelector(".new").hidden);
}

function readable(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function hue(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}

// Text with its web addresses as links. Characters that hide or turn what is read end an address.
function linked(text) {
  const pattern = /(\bhttps?:\/\/[^\s<>"\p{Cc}\p{Cf}。，、；：！？）」』】》]+)/u;
  return text.split(pattern).flatMap((piece, index) => {
    if (index % 2 === 0) return [piece];
    // Not a pattern: one that has to reach the end would be tried anew at every character.
    let end = piece.length;
    while (".,;:!?'*_~)]}".includes(piece[end - 1])) end -= 1;
    // A bracket that was opened inside belongs to it.
    if (piece[end] === ")" && piece.includes("(")) end += 1;
    const address = piece.slice(0, end);
    if (!URL.canParse(address)) return [piece];
    const link = document.createElement("a");
    Object.assign(link, { href: address, rel: "noopener noreferrer nofollow", target: "_blank", dir: "ltr" });
    link.textContent = address;
    return [link, piece.slice(end)];
  });
}

// Once per frame, however many messages came; a tab in the background has no frames.
let isSettling = false;
function settle() {
  if (isSettling) return;
  isSettling = true;
  if (document.hidden) setTimeout(settled, 250);
  else requestAnimationFrame(settled);
}

function settled() {
  isSettling = false;
  part("earlier").hidden = !current.hasMore;
  if (!current.isPlaced && current.list.firstElementChild) place();
  if (following && !current.isDetached) {
    current.trim(shownAtMost);
    log.scrollTop = log.scrollHeight;
    scrolledTo = log.scrollTop;
  }
  if (current.isWatched) current.catchUp();
  showUnread();
}

// Where unread messages begin, or at the end.
function place() {
  current.isPlaced = true;
  following = true;
  if (!current.unread || !current.marked) return;
  current.marked.scrollIntoView();
  following = isAtEnd();
}

function showUnread() {
  let sum = 0;
  for (const { link, unread } of rooms.values()) {
    showNumber(link.querySelector(".unread"), unread);
    sum += unread;
  }
  showNumber(part("elsewhere"), sum - current.unread);
  const title = `${sum ? `(${sum}) ` : ""}${current.name} · Chat`;
  if (document.title !== title) document.title = title;
  const count = current.unread;
  part("latest-text").textContent = count ? `${count} new ${count === 1 ? "message" : "messages"}` : "Newest messages";
  part("latest").hidden = following && !current.isDetached;
  part("empty").hidden = current.hasMore || current.lists.querySelector("li");
}

function showNumber(badge, number) {
  const text = number > 99 ? "99+" : `${number}`;
  badge.hidden = !number;
  if (badge.firstElementChild.textContent !== text) badge.firstElementChild.textContent = text;
}

function isAtEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 40;
}

// Only moving up stops the following: new messages can take the end out of sight before this runs.
let scrolledTo = 0;
log.addEventListener("scroll", () => {
  if (isAtEnd() || log.scrollTop < scrolledTo) following = isAtEnd();
  scrolledTo = log.scrollTop;
  settle();
});

part("latest").addEventListener("click", () => {
  following = true;
  if (current.isDetached) current.reload();
  log.focus();
  settle();
});

const beginning = new IntersectionObserver(([entry]) => entry.isIntersecting && current.loadEarlier(), {
  root: log,
  rootMargin: "300px",
});

// Tells anew whether it is in sight.
function watchBeginning() {
  beginning.disconnect();
  beginning.observe(part("earlier"));
}

part("earlier").addEventListener("click", () => {
  log.focus();
  current.loadEarlier();
});

new ResizeObserver(settle).observe(log);
document.addEventListener("visibilitychange", settled);

// Of a crowd of messages only the number, and that not often, so that who listens can follow.
let heard = [];
let announcing;
function announce(text) {
  heard.push(text);
  announcing ??= setTimeout(announceAll, 1000);
}

function announceAll() {
  announcing = undefined;
  if (!heard.length) return;
  const isCrowd = heard.length > 3;
  part("announcer").textContent = isCrowd ? `${heard.length} new messages` : heard.join("\n");
  if (isCrowd) announcing = setTimeout(announceAll, 10_000);
  heard = [];
}

const reasons = {
  overloaded: "The server is full at the moment.",
  limited: "The server asks for a little patience.",
  "not-ready": "The server is not ready at the moment.",
  draining: "The server is being restarted.",
  slow: "This connection was too slow.",
  expired: "Your permission to be here has ended.",
  kicked: "You were asked to leave.",
};
const refusals = {
  204: reasons.kicked,
  400: "A room cannot have this name.",
  401: "You need to sign in to be here.",
  403: "You may not be in this room.",
};
const gaps = {
  "data-lost": "The server has lost messages: some may be missing here, others may come twice.",
  slow: "This connection was too slow: some messages are missing here.",
};

let explanation = "";
let notice = "";

function connect() {
  const former = chat;
  // While the former one is away more can be said than the new one begins with.
  let isBroken = former && former.state !== "online";
  former?.addEventListener("state", () => (isBroken = true));
  const url = new URL(".", location).href;
  const client = new ChatClient({ url, rooms: rooms.keys(), user: userName(), history: pageSize });
  chat = client;
  for (const [type, react] of Object.entries(reactions)) {
    client.addEventListener(type, (event) => (client === chat || type === "message") && react(event.detail, event));
  }
  become(client);
  // The former one goes when nothing can fall between the two.
  client.addEventListener("ready", () => {
    if (isBroken) for (const room of rooms.values()) room.empty();
    former?.close();
  }, { once: true });
  for (const draft of drafts.values()) {
    former?.discard(draft.id);
    if (!draft.isOver) draft.send();
  }
}

const reactions = {
  state: become,
  ready({ node }) {
    part("connection").title = node;
    current.askWhoIsHere();
    watchBeginning();
  },
  message: (message, { cursor }) => rooms.get(message.room)?.receive({ ...message, cursor }),
  gap({ room, reason }) {
    for (const draft of drafts.values()) draft.missed();
    rooms.get(room)?.tell(gaps[reason] ?? "Some messages are missing here.");
  },
  typing: ({ room, user }) => user !== userName() && rooms.get(room)?.typing(user),
  presence: (change) => rooms.get(change.room)?.presence(change),
  refused({ room, status, limit }) {
    const excess = `All tabs together can be in ${limit} rooms: leave another one first.`;
    if (rooms.has(room)) rooms.get(room).refusal = limit ? excess : refusals[status];
    showBanner();
  },
  outbox: ({ id, state, problem }) => drafts.get(id)?.becomes(state, problem),
};

function become({ state, reason, status }) {
  const why = reasons[reason] ?? (navigator.onLine ? "The connection is lost." : "This device is offline.");
  const texts = { connecting: "Connecting…", online: "Connected", waiting: "Reconnecting…", over: "Disconnected" };
  const explanations = {
    waiting: `${why} What you write is kept and sent when you are connected again.`,
    over: reasons[reason] ?? refusals[status] ?? "The server has ended the connection.",
  };
  explanation = explanations[state] ?? "";
  part("connection").dataset.state = state;
  part("connection").textContent = state === "waiting" && !navigator.onLine ? "Offline" : texts[state];
  showBanner();
  if (state !== "connecting") announce(explanation || texts[state]);
}

function showBanner() {
  const text = current.refusal || explanation || notice;
  part("explanation").textContent = text;
  part("banner").hidden = !text;
  part("reconnect").hidden = !current.refusal && chat?.state !== "over";
}

part("reconnect").addEventListener("click", () => {
  part("text").focus();
  for (const room of rooms.values()) {
    if (room.refusal) chat.join(room.name);
    room.refusal = undefined;
  }
  if (chat.state === "over") chat.connect();
  showBanner();
});

function showPeople() {
  const { streams = 0, names = [] } = current.people ?? {};
  const texts = Array.from(names).sort((one, other) => one.localeCompare(other));
  part("presence").hidden = !current.people;
  part("count").textContent = texts.length || streams;
  if (!texts.length) texts.push("Too many to be named, or nobody has told a name.");
  part("people").replaceChildren(...texts.map((text) => {
    const item = document.createElement("li");
    Object.assign(item, { dir: "auto", textContent: text });
    return item;
  }));
}

function showTyping() {
  // Isolated, so that a name from right to left turns only itself.
  const names = Array.from(current.typists.keys(), (name) => `\u2068${name}\u2069`);
  const texts = ["", `${names[0]} is typing…`, `${names[0]} and ${names[1]} are typing…`];
  part("typing").textContent = texts[names.length] ?? "Several people are typing…";
}

class Draft {
  constructor(room, user, text) {
    Object.assign(this, { room, user, text, made: Date.now(), id: randomID(), item: copy("draft") });
    this.item.querySelector(".text").append(...linked(text));
    this.item.querySelector(".again").addEventListener("click", () => this.send());
    this.item.querySelector(".discard").addEventListener("click", () => this.discard());
    this.item.querySelector(".edit").addEventListener("click", () => {
      this.discard();
      part("text").value = [text, part("text").value].filter(Boolean).join("\n");
    });
    drafts.set(this.id, this);
    own.add(this.id);
    keep("own", Array.from(own).slice(-500));
    room.unsent.append(this.item);
    this.send();
  }

  send() {
    chat.discard(this.id);
    try {
      chat.send(this.room.name, { id: this.id, user: this.user, text: this.text });
    } catch {
      this.becomes("failed", { detail: "Too many messages wait to be sent." });
    }
  }

  becomes(state, problem) {
    const failed = `Not sent: ${problem?.detail ?? problem?.title ?? "no connection"}`;
    const texts = { queued: "Waiting for the connection", sending: "Sending…", sent: "Sent", failed };
    const isHeld = state === "failed" || state === "queued";
    Object.assign(this, { state, isOver: state === "sent" || state === "failed" });
    this.item.classList.toggle("failed", state === "failed");
    this.item.querySelector(".progress").textContent = texts[state];
    this.item.querySelector(".again").hidden = state !== "failed";
    for (const button of [".edit", ".discard"]) this.item.querySelector(button).hidden = !isHeld;
    if (state === "failed") announce(texts.failed);
    this.tidy();
    settle();
  }

  // In a room that was left nothing comes back, and nobody can do anything.
  tidy() {
    if (this.isOver && rooms.get(this.room.name) !== this.room) this.remove();
  }

  // The stream will not bring what fell into a gap.
  missed() {
    const { id, user, text, made } = this;
    if (this.state === "sent") this.room.receive({ id, user, text, time: new Date(made).toISOString() });
  }

  discard() {
    this.remove();
    part("text").focus();
  }

  remove() {
    chat.discard(this.id);
    drafts.delete(this.id);
    this.item.remove();
    settle();
  }
}

// crypto.randomUUID exists on https only.
function randomID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function userName() {
  return part("name").value.trim() || undefined;
}

part("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = part("text").value;
  part("text").focus();
  if (!text.trim()) return;
  part("text").value = "";
  following = true;
  current.isPlaced = true;
  if (current.isDetached) current.reload();
  current.mark();
  new Draft(current, userName(), text);
});

// Enter that ends the composition of a character must not send; 229 is what older Safari says of it.
part("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  part("compose").requestSubmit();
});

part("text").addEventListener("input", () => {
  if (part("text").value.trim() && userName()) chat.typing(current.name, userName());
});

part("name").addEventListener("change", () => {
  keep("name", userName());
  connect();
});

part("join").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = part("join-room").value.trim();
  part("join-problem").textContent = problemOf(name);
  if (problemOf(name)) return;
  part("join-room").value = "";
  visit(join(name));
});

function toggleSidebar(isOpen) {
  part("sidebar").classList.toggle("open", isOpen);
  part("menu").ariaExpanded = `${isOpen}`;
  if (isOpen) current.link.focus();
}

part("menu").addEventListener("click", () => toggleSidebar(part("menu").ariaExpanded !== "true"));
part("close").addEventListener("click", () => {
  toggleSidebar(false);
  part("menu").focus();
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (part("menu").ariaExpanded === "true") part("close").click();
    part("presence").open = false;
  }
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const all = Array.from(rooms.values());
  visit(all.at((all.indexOf(current) + (event.key === "ArrowUp" ? -1 : 1)) % all.length));
});

addEventListener("popstate", showRoomOfAddress);
addEventListener("beforeunload", (event) => drafts.size && event.preventDefault());

part("name").value = recall("name");
for (const { name, read } of recall("rooms")) join(name, read);
showRoomOfAddress();
saveNow();
connect();
