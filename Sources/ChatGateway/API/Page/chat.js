"use strict";

const room = new URLSearchParams(location.search).get("room") || "lobby";
const route = `rooms/${encodeURIComponent(room)}`;
const part = (id) => document.getElementById(id);
const copy = (id) => part(id).content.firstElementChild.cloneNode(true);

const shownAtMost = 1000;
const shown = new Set();
const own = new Set();
let following = true;
let settling = false;

function receive(message) {
  if (shown.has(message.id)) return;
  shown.add(message.id);
  drafts.get(message.id)?.remove();
  append(messageItem(message));
}

function append(item) {
  part("messages").append(item);
  part("latest").hidden = following;
  // A tab in the background has no frames in which to settle.
  if (part("messages").children.length >= 2 * shownAtMost) trim();
  settle();
}

function trim() {
  const list = part("messages");
  while (list.children.length > shownAtMost) {
    shown.delete(list.firstElementChild.dataset.id);
    list.firstElementChild.remove();
  }
}

function messageItem(message) {
  const item = copy("message");
  const user = readable(message.user ?? message.name ?? "somebody");
  const time = new Date(message.time);
  item.dataset.id = message.id;
  item.classList.toggle("own", own.has(message.id));
  item.querySelector(".user").textContent = user;
  item.querySelector(".user").style.setProperty("--hue", hue(user));
  item.querySelector(".text").textContent = readable(message.text ?? message.message ?? message);
  if (!Number.isNaN(time.valueOf())) {
    const today = time.toDateString() === new Date().toDateString();
    const clock = { hour: "2-digit", minute: "2-digit" };
    item.querySelector("time").dateTime = message.time;
    item.querySelector("time").title = time.toLocaleString();
    item.querySelector("time").textContent = today
      ? time.toLocaleTimeString([], clock)
      : time.toLocaleString([], { ...clock, month: "short", day: "numeric" });
  }
  return item;
}

function readable(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function hue(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 360;
  return sum;
}

function tell(text) {
  const item = copy("notice");
  item.textContent = text;
  append(item);
}

// Once per frame, however many messages came.
function settle() {
  if (settling) return;
  settling = true;
  requestAnimationFrame(() => {
    settling = false;
    trim();
    if (!following) return;
    part("log").scrollTop = part("log").scrollHeight;
    part("latest").hidden = true;
  });
}

// Only moving up stops the following: new messages can take the end out of sight before this runs.
let scrolledTo = 0;
part("log").addEventListener("scroll", () => {
  const { scrollTop, scrollHeight, clientHeight } = part("log");
  const atEnd = scrollHeight - scrollTop - clientHeight < 40;
  if (atEnd) part("latest").hidden = true;
  if (atEnd || scrollTop < scrolledTo) following = atEnd;
  scrolledTo = scrollTop;
});

part("latest").addEventListener("click", () => {
  following = true;
  settle();
});

new ResizeObserver(settle).observe(part("log"));

const reasons = {
  overloaded: "The server is full at the moment.",
  limited: "The server asks for a little patience.",
  "not-ready": "The server is not ready at the moment.",
  draining: "The server is being restarted.",
  slow: "This connection was too slow.",
  expired: "Your permission to be here has ended.",
  kicked: "You were asked to leave this room.",
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

let source;
let cursor;
let failures = 0;
let restartTimer;
let farewell;

function connect() {
  const query = new URLSearchParams({ history: "50" });
  if (cursor) query.set("last_event_id", cursor);
  source = new EventSource(`${route}/events?${query}`);
  source.addEventListener("ready", (event) => {
    cursor = event.lastEventId;
    failures = 0;
    farewell = undefined;
    show("online", "Connected");
    part("connection").title = JSON.parse(event.data).node;
    for (const draft of drafts.values()) draft.connected();
  });
  source.addEventListener("message", (event) => {
    cursor = event.lastEventId;
    receive(JSON.parse(event.data));
  });
  source.addEventListener("gap", (event) => {
    cursor = event.lastEventId;
    for (const draft of drafts.values()) draft.missed();
    tell(gaps[JSON.parse(event.data).reason] ?? "Some messages are missing here.");
  });
  source.addEventListener("bye", (event) => {
    const { reason, reconnect } = JSON.parse(event.data);
    if (reconnect) {
      farewell = reasons[reason];
      return;
    }
    source.close();
    show("over", "Disconnected", reasons[reason] ?? "The server has ended the connection.");
  });
  source.addEventListener("error", () => {
    const why = farewell ?? "The connection is lost.";
    show("lost", "Reconnecting…", `${why} What you write is kept and sent when you are connected again.`);
    if (source.readyState !== EventSource.CLOSED) return;
    restartTimer = setTimeout(restart, Math.min(2 ** failures, 16) * (500 + 500 * Math.random()));
    failures += 1;
  });
}

// A browser gives an EventSource up for good on any answer but 200: a proxy's 502 ends it just like a refusal.
async function restart() {
  clearTimeout(restartTimer);
  restartTimer = undefined;
  const status = await fetch(`${route}/events`, { method: "HEAD", signal: AbortSignal.timeout(10_000) })
    .then((answer) => answer.status, () => 0);
  if (refusals[status]) show("over", "Disconnected", refusals[status]);
  else connect();
}

addEventListener("online", () => restartTimer && restart());

function show(state, text, explanation = "") {
  part("connection").dataset.state = state;
  part("connection").textContent = text;
  part("banner").textContent = explanation;
  part("banner").hidden = !explanation;
}

const drafts = new Map();
let sending = Promise.resolve();

class Draft {
  // The server knows a message again by its id for five minutes; after that a repetition would appear twice.
  static repeatable = 4 * 60 * 1000;

  constructor(user, text) {
    this.id = randomID();
    this.user = user;
    this.text = text;
    this.made = Date.now();
    this.item = copy("draft");
    this.item.querySelector(".text").textContent = text;
    this.item.querySelector(".again").addEventListener("click", () => this.send());
    this.item.querySelector(".edit").addEventListener("click", () => this.edit());
    drafts.set(this.id, this);
    own.add(this.id);
    part("unsent").append(this.item);
  }

  send() {
    this.becomes("sending", "Sending…");
    sending = sending.then(() => this.post());
  }

  async post() {
    if (!drafts.has(this.id)) return;
    try {
      const answer = await fetch(`${route}/messages`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ id: this.id, user: this.user, text: this.text }),
        signal: AbortSignal.timeout(15_000),
      });
      if (answer.ok) return this.becomes("sent", "Sent");
      const problem = await answer.json().catch(() => ({}));
      const passing = answer.status >= 500 || answer.status === 429;
      this.becomes(passing ? "waiting" : "refused", `Not sent: ${problem.detail ?? problem.title ?? answer.status}`);
    } catch {
      this.becomes("waiting", "Not sent: no connection");
    }
  }

  becomes(state, text) {
    const failed = state === "waiting" || state === "refused";
    this.state = state;
    this.item.classList.toggle("failed", failed);
    this.item.querySelector(".progress").textContent = text;
    for (const button of this.item.querySelectorAll("button")) button.hidden = !failed;
    settle();
  }

  connected() {
    if (this.state === "waiting" && Date.now() - this.made < Draft.repeatable) this.send();
  }

  // The stream will not bring what fell into a gap.
  missed() {
    const { id, user, text, made } = this;
    if (this.state === "sent") receive({ id, user, text, time: new Date(made).toISOString() });
  }

  edit() {
    this.remove();
    part("text").value = [this.text, part("text").value].filter(Boolean).join("\n");
    part("text").focus();
  }

  remove() {
    drafts.delete(this.id);
    this.item.remove();
  }
}

// crypto.randomUUID exists on https only.
function randomID() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

part("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = part("text").value;
  if (!text.trim()) return;
  part("text").value = "";
  part("text").focus();
  following = true;
  new Draft(part("name").value.trim(), text).send();
});

// Enter that ends the composition of a character must not send; 229 is what older Safari says of it.
part("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  part("compose").requestSubmit();
});

part("name").addEventListener("change", () => {
  try {
    localStorage.setItem("name", part("name").value.trim());
  } catch {
    // Storage is switched off: the name lives as long as the page.
  }
});

try {
  part("name").value = localStorage.getItem("name") ?? "";
} catch {
  part("name").value = "";
}
part("room").value = room;
document.title = `${room} · Chat`;
connect();
