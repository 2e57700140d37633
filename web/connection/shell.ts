// The client's shell: a WebSocket, a timer and the two pure halves (link machine, room reducer) joined.
// It decides nothing about the connection; pages make one with `openRoom`.

import { signal } from "@preact/signals";
import { unpack } from "../wire/frame";
import type { Ack, Backup, Commands, CommandType, Kind, Media } from "../wire/message";
import { parse } from "../wire/parse";
import { type MediaSink, Rejected, type RoomClient, type RoomOptions } from "./client";
import type { LinkEffect, LinkEvent } from "./effect";
import { Link } from "./link";
import { type Change, emptyRoom, reduce } from "./room";

const SUBPROTOCOL = "live.v1.json";
const PROBE_WITHIN_MS = 4_000;
const LIGHT = new Set<string>(["media.select", "media.refresh", "qoe.report"]);

interface Promised {
  readonly resolve: (ack: Ack) => void;
  readonly reject: (why: Rejected) => void;
}

export function openRoom(options: RoomOptions): RoomClient {
  const shell = new Shell(options);
  shell.start();
  return shell;
}

/** `ws://` or `wss://` and the host of this page. */
export function ownBase(): string {
  return location.origin.replace(/^http/, "ws");
}

class Shell implements RoomClient {
  readonly state;
  readonly #link: Link;
  readonly #options: RoomOptions;
  readonly #promised = new Map<string, Promised>();
  /** Keys must not repeat between the pages of one member. */
  readonly #keyPrefix = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #keys = 0;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sink: MediaSink | null = null;

  constructor(options: RoomOptions) {
    const media = options.media ?? "none";
    this.#options = options;
    this.state = signal(emptyRoom(options.room, media));
    this.#link = new Link({
      room: options.room,
      bases: options.bases && options.bases.length > 0 ? options.bases : [ownBase()],
      token: options.token,
      name: options.name,
      media,
      accept: options.accept ?? null,
      guest: options.guest ?? false,
    });
  }

  start(): void {
    addEventListener("online", this.#online);
    addEventListener("offline", this.#offline);
    if (!navigator.onLine) this.#step({ type: "offline" });
    this.#step({ type: "started" });
  }

  send<T extends CommandType>(type: T, fields: Commands[T]): Promise<Ack> {
    const key = this.#key();
    const answered = new Promise<Ack>((resolve, reject) => this.#promised.set(key, { resolve, reject }));
    this.#step({ type: "asked", key, command: type, fields: { ...fields }, light: LIGHT.has(type) });
    return answered;
  }

  selectMedia(media: Media): void {
    this.#change({ type: "media", media });
    this.#step({ type: "selected", media, key: this.#key() });
  }

  refresh(kind: Kind): void {
    this.send("media.refresh", { kind }).catch(() => undefined);
  }

  onMedia(sink: MediaSink): () => void {
    this.#sink = sink;
    sink.reset();
    return () => {
      if (this.#sink === sink) this.#sink = null;
    };
  }

  close(): void {
    removeEventListener("online", this.#online);
    removeEventListener("offline", this.#offline);
    this.#step({ type: "left" });
  }

  readonly #online = () => this.#step({ type: "online" });
  readonly #offline = () => this.#step({ type: "offline" });

  #key(): string {
    this.#keys += 1;
    return `${this.#keyPrefix}-${this.#keys}`;
  }

  #step(event: LinkEvent): void {
    const effects = this.#link.step(event, performance.now(), Math.random());
    for (const effect of effects) this.#act(effect);
    clearTimeout(this.#timer);
    const deadline = this.#link.deadline();
    if (deadline === null) return;
    this.#timer = setTimeout(() => this.#step({ type: "woke" }), Math.max(0, deadline - performance.now()));
  }

  #act(effect: LinkEffect): void {
    switch (effect.type) {
      case "open":
        this.#open(effect.url);
        break;
      case "write":
        this.#socket?.send(JSON.stringify(effect.message));
        break;
      case "drop":
        this.#drop();
        break;
      case "phase":
        this.#change({ type: "phase", phase: effect.phase });
        break;
      case "welcomed":
        this.#change({ type: "welcomed", welcome: effect.welcome, fresh: effect.fresh });
        break;
      case "deliver":
        if (effect.message.type === "feed") this.#sink?.feed(effect.message);
        else this.#change({ type: "heard", message: effect.message });
        break;
      case "pending":
        this.#change({ type: "pending", pending: this.#link.outbox.pending() });
        break;
      case "answer":
        this.#promised.get(effect.ack.key)?.resolve(effect.ack);
        this.#promised.delete(effect.ack.key);
        break;
      case "refuse":
        this.#promised.get(effect.reject.key)?.reject(new Rejected(effect.reject));
        this.#promised.delete(effect.reject.key);
        break;
      case "keep":
        this.#options.onToken?.(effect.token);
        break;
      case "leave":
        void this.#leave(effect.backup);
        break;
    }
  }

  #change(change: Change): void {
    this.state.value = reduce(this.state.peek(), change);
  }

  #open(url: string): void {
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#sink?.reset();
    const mine = (event: LinkEvent) => {
      if (this.#socket === socket) this.#step(event);
    };
    socket.onopen = () => mine({ type: "opened" });
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (this.#socket === socket) this.#received(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#step({ type: "closed", code, reason });
    };
  }

  #received(data: string | ArrayBuffer): void {
    if (typeof data === "string") {
      const message = parse(data);
      if (message) this.#step({ type: "heard", message });
      return;
    }
    // Fifty frames a second: the timer set at the last message still lies early enough, so it is left alone.
    this.#link.step({ type: "framed" }, performance.now(), 0);
    const frame = this.#sink ? unpack(data) : null;
    if (frame) this.#sink?.frame(frame);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  /** Only goes where something answers: a page left for a dead link cannot come back by itself. */
  async #leave(backup: Backup): Promise<void> {
    try {
      await fetch(backup.url, { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(PROBE_WITHIN_MS) });
    } catch {
      this.#step({ type: "unreachable" });
      return;
    }
    if (this.#link.state !== "leaving") return;
    if (this.#options.onLeave) this.#options.onLeave(backup);
    else location.assign(backup.url);
  }
}
