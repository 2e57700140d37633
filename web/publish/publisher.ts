/**
 * Keeps one source on its way from this browser to a media node: carries out what the publication machine decides.
 * It never chooses an address or a moment, and never asks for a camera: the stream is given.
 * The studio drives it.
 */
import { type Signal, signal } from "@preact/signals";
import { type Flow, type Reading, readFlow } from "./flow";
import {
  Publication,
  type PublicationEffect,
  type PublicationEvent,
  type PublicationState,
  type Refusal,
} from "./publication";
import { hangUp, offer, QUALITY, type Quality, Refused, refusedBy, resend, sender } from "./whip";

const FLOW_EVERY_MS = 500;
const LOCATE_WITHIN_MS = 5_000;

export interface PublisherState {
  readonly name: PublicationState;
  readonly cause: "link" | "room";
  readonly refusal: Refusal | null;
  /** When the next round begins (performance.now()), while retrying. */
  readonly retry_at_ms: number | null;
  readonly rounds: number;
}

export interface PublisherPlace {
  readonly event: string;
  readonly source: string;
  /** The newest token that this page holds. */
  readonly token: () => string;
  /** Where the API is: "" is the page's own origin. */
  readonly base?: string;
}

export class Publisher {
  readonly state: Signal<PublisherState>;
  /** What is really being sent, twice a second while live. */
  readonly flow: Signal<Flow | null> = signal(null);

  readonly #place: PublisherPlace;
  readonly #machine = new Publication(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
  #stream: MediaStream | null = null;
  #quality: Quality = QUALITY;
  #connection: RTCPeerConnection | null = null;
  #resource: string | null = null;
  #token = "";
  #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #watch: ReturnType<typeof setInterval> | null = null;
  #reading: Reading | null = null;
  #leaving = (): void => this.#hangUp();

  constructor(place: PublisherPlace) {
    this.#place = place;
    this.state = signal(this.#seen());
  }

  /** Begin, and keep at it until `stop`. */
  start(stream: MediaStream, room: string, quality: Quality = QUALITY): void {
    this.#stream = stream;
    this.#quality = quality;
    addEventListener("pagehide", this.#leaving);
    this.#feed({ type: "started", room });
  }

  stop(): void {
    removeEventListener("pagehide", this.#leaving);
    this.#feed({ type: "stopped" });
  }

  /** The room has gone elsewhere: publish there. */
  follow(room: string): void {
    this.#feed({ type: "moved", room });
  }

  /** Try now rather than when the wait is over. */
  hurry(): void {
    this.#feed({ type: "hurried" });
  }

  /** Another camera or microphone, a picture that comes or goes: on the same connection. */
  async replace(stream: MediaStream): Promise<void> {
    this.#stream = stream;
    // Without a connection there is nothing to replace: the next one takes the new stream.
    if (this.#connection !== null) await resend(this.#connection, stream);
  }

  #feed(event: PublicationEvent): void {
    const effects = this.#machine.step(event, performance.now());
    for (const effect of effects) this.#act(effect);
    this.state.value = this.#seen();
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const deadline_ms = this.#machine.deadline();
    if (deadline_ms === null) return;
    this.#timer = setTimeout(() => this.#feed({ type: "woke" }), Math.max(0, deadline_ms - performance.now()) + 1);
  }

  #act(effect: PublicationEffect): void {
    switch (effect.type) {
      case "locate":
        this.#abort.abort();
        this.#abort = new AbortController();
        void this.#locate(effect.attempt, effect.room, this.#abort.signal);
        break;
      case "offer":
        void this.#offer(effect.attempt, effect.url, effect.token);
        break;
      case "close":
        this.#close();
        break;
    }
  }

  async #locate(attempt: number, room: string, abort: AbortSignal): Promise<void> {
    const { event, source, token, base = "" } = this.#place;
    const query = new URLSearchParams({ source, room });
    try {
      const answer = await fetch(`${base}/api/v1/events/${encodeURIComponent(event)}/publish?${query}`, {
        headers: { Authorization: `Bearer ${token()}` },
        signal: AbortSignal.any([abort, AbortSignal.timeout(LOCATE_WITHIN_MS)]),
      });
      if (!answer.ok) throw await refusedBy(answer);
      const body = (await answer.json()) as { urls: string[]; token: string };
      this.#feed({ type: "located", attempt, urls: body.urls, token: body.token });
    } catch (fault) {
      this.#failed(attempt, fault);
    }
  }

  async #offer(attempt: number, url: string, token: string): Promise<void> {
    if (this.#stream === null) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#token = token;
    const connection = sender(this.#stream, this.#quality);
    this.#connection = connection;
    connection.addEventListener("connectionstatechange", () => {
      if (connection !== this.#connection) return;
      if (connection.connectionState === "connected") {
        this.#feed({ type: "connected", attempt });
        this.#watchFlow(attempt);
      } else if (connection.connectionState === "failed" || connection.connectionState === "closed") {
        this.#feed({ type: "failed", attempt, refusal: null });
      }
    });
    try {
      const resource = await offer(connection, url, token, abort.signal);
      if (connection === this.#connection) this.#resource = resource;
      else if (resource !== null) hangUp(resource, token);
    } catch (fault) {
      this.#failed(attempt, fault);
    }
  }

  #failed(attempt: number, fault: unknown): void {
    const refusal = fault instanceof Refused ? fault.refusal : null;
    this.#feed({ type: "failed", attempt, refusal });
  }

  #watchFlow(attempt: number): void {
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#reading = null;
    this.#watch = setInterval(() => void this.#readFlow(attempt), FLOW_EVERY_MS);
  }

  async #readFlow(attempt: number): Promise<void> {
    const connection = this.#connection;
    if (connection === null) return;
    const stats = await connection.getStats();
    if (connection !== this.#connection) return;
    const { reading, flow, heard } = readFlow([...stats.values()], this.#reading);
    this.#reading = reading;
    if (flow !== null) this.flow.value = flow;
    if (heard) this.#feed({ type: "heard", attempt });
  }

  #close(): void {
    this.#hangUp();
    this.#abort.abort();
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
    this.flow.value = null;
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }

  #hangUp(): void {
    if (this.#resource !== null) hangUp(this.#resource, this.#token);
    this.#resource = null;
  }

  #seen(): PublisherState {
    const { state, cause, refusal, retry_at_ms, rounds } = this.#machine;
    return { name: state, cause, refusal, retry_at_ms, rounds };
  }
}
