/** What a page tells a chat about itself and the gateway. */
export interface ChatClientOptions {
  /** The gateway's address, which may be of another origin; "/" if left out. */
  url?: string;
  /** The rooms to begin with; none if left out. */
  rooms?: Iterable<string>;
  /** Who this is, 1 to 64 characters: the gateway believes it where it is open to everybody, tabs share by it. */
  user?: string;
  /**
   * Gives the token of whoever is signed in, or nothing where nobody is.
   *
   * It is kept, and asked for anew when the gateway refuses it (401) or it ends (`bye` with `expired`).
   * Requests carry it as `Authorization`; streams open with a ticket that is got with it.
   */
  token?: () => string | null | undefined | Promise<string | null | undefined>;
  /**
   * Gives a ticket for one stream, where tokens are not for the page to have; asked for each time a stream is opened.
   *
   * Without `token` requests show nothing but the gateway's cookie. Where that is not enough, there is no history, and
   * nothing can be sent.
   */
  ticket?: () => string | Promise<string>;
  /** How many messages of a room from before it is joined are told first, or one more: 0 to 500, 50 if left out. */
  history?: number;
  /** Whether messages that this user, or a tab with this stream, sends are left out of `message`; false if left out. */
  excludeMe?: boolean;
  /**
   * Whether the tabs of a browser share one stream, true if left out.
   *
   * They do where `url`, `excludeMe` and `user` are the same; a string stands for the user. With `token` or `ticket` and
   * without both, each tab has a stream of its own, as it has where there are no Web Locks (http other than localhost)
   * or the page may not have them (site data blocked, a sandbox).
   * Tabs that share must be of the same person: the stream is opened with the token of any one of them.
   */
  share?: boolean | string;
}

/** A message as the gateway sends it; what is not the gateway's is the sender's. */
export interface ChatMessage {
  id: string;
  room: string;
  /** RFC 3339, UTC, milliseconds. */
  time: string;
  user?: unknown;
  [member: string]: unknown;
}

/** A refusal (RFC 9457), or with status 0 that there was no answer. */
export interface ChatProblem {
  status: number;
  title?: string;
  detail?: string;
  [member: string]: unknown;
}

/** What `messages` and `presence` are rejected with where the gateway refuses. */
export interface ChatError extends Error {
  status: number;
  /** In seconds, 0 if the gateway does not say; `send` heeds it by itself. */
  retryAfter: number;
  problem: Partial<ChatProblem>;
}

/** Some messages of a room, oldest first. */
export interface ChatMessageList {
  messages: (ChatMessage & { cursor: string })[];
  /** Cursor of the first of them, null if there is none. */
  first: string | null;
  /** Cursor of the last of them, null if there is none. */
  last: string | null;
  /** Whether there are older ones, or with `after` newer ones. */
  more: boolean;
}

/** Who is in a room. */
export interface ChatPresence {
  streams: number;
  users: { user: string; streams: number }[];
}

/** How the connection is: `connecting` until the first answer, `waiting` while it is lost, `over` for good. */
export type ChatState = "connecting" | "online" | "waiting" | "over";

/** An event of a chat. */
export interface ChatEvent<Detail> extends CustomEvent<Detail> {
  /** Of messages and gaps: the position behind it, as `before` and `after` of `messages` take it. */
  readonly cursor?: string;
}

/** The events of a chat by name. */
export interface ChatClientEventMap {
  /** A message of one of the rooms: in the room's order, each once. */
  message: ChatEvent<ChatMessage>;
  /** The stream is open, with those rooms of this tab that it has. */
  ready: ChatEvent<{ rooms: string[]; node: string; stream: string }>;
  /** Messages of a room were missed and cannot be told. */
  gap: ChatEvent<{ room: string; reason: "expired" | "unknown-cursor" | "data-lost" | "slow" }>;
  /** Somebody is typing. */
  typing: ChatEvent<{ room: string; user: string }>;
  /** Who has come and gone, where the gateway notes it. */
  presence: ChatEvent<{ room: string; streams: number; joined: string[]; left: string[] }>;
  /** The connection has changed. */
  state: ChatEvent<{ state: ChatState; reason?: string; status?: number }>;
  /**
   * A room may not be read (403), has no possible name (400), or is one too many; the client has left it, and goes on in
   * the others.
   *
   * With `too-many-rooms`, `limit` is how many the stream of all tabs can have, and those that it has already stay: 100,
   * or fewer where the gateway is set so (400) or a request with all their names is too long (414, 431).
   */
  refused: ChatEvent<{ room: string; status: number; reason: string; limit?: number }>;
  /** A message that was sent here has got further. */
  outbox: ChatEvent<{
    id: string;
    room: string;
    state: "queued" | "sending" | "sent" | "failed";
    /** With `sent`: the message as listeners get it, or its id, room and cursor alone. */
    message?: Partial<ChatMessage>;
    /** With `failed`: why. */
    problem?: ChatProblem;
  }>;
}

/** A chat in some rooms of a gateway: one stream for all tabs of the browser, and an outbox of this tab's own. */
export class ChatClient extends EventTarget {
  /** Connects. Events are never fired before the constructor has returned. */
  constructor(options?: ChatClientOptions);
  /** How the connection is. */
  readonly state: ChatState;
  /** The rooms that this tab is in. */
  readonly rooms: string[];
  /**
   * Enters a room: its last messages are told, then every new one.
   *
   * 100 rooms fit into the stream of all tabs; `refused` tells of those that do not.
   */
  join(room: string): void;
  /** Leaves a room: nothing of it is told any more. */
  leave(room: string): void;
  /**
   * Sends a message and returns its id at once; `outbox` tells what becomes of it.
   *
   * It is repeated with that id until the gateway has it, refuses it for good, or it is older than 4 minutes; those of
   * a room keep their order. Where the gateway says how long to wait (429, 503), nothing is sent until then. Closing the
   * tab loses what is not sent.
   *
   * @throws RangeError where 1,000 messages are waiting.
   */
  send(room: string, message: { id?: string; user?: string; [member: string]: unknown }): string;
  /**
   * Sends a message again that has failed.
   *
   * If more than 5 minutes have passed and the gateway had it after all, it appears twice.
   */
  retry(id: string): void;
  /** Forgets a message that is not sent yet. */
  discard(id: string): void;
  /** Tells one of the rooms that somebody types, at most once a second. */
  typing(room: string, user?: string): void;
  /** Lists messages of a room, 50 if `limit` (at most 500) is left out; rejects with a {@link ChatError}. */
  messages(room: string, range?: { before?: string; after?: string; limit?: number }): Promise<ChatMessageList>;
  /** Tells who is in a room; rejects with a {@link ChatError}. */
  presence(room: string): Promise<ChatPresence>;
  /** Connects at once where the connection is waiting or over. */
  connect(): void;
  /** Ends it: nothing is told or sent any more. */
  close(): void;

  addEventListener<Name extends keyof ChatClientEventMap>(
    name: Name,
    listener: (event: ChatClientEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof ChatClientEventMap>(
    name: Name,
    listener: (event: ChatClientEventMap[Name]) => void,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}
