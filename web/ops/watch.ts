/**
 * Asks the gateway for the operator's figures, again and again, and says how old they are.
 * It never changes anything there. The operator's page reads its signals.
 */
import { type Signal, signal } from "@preact/signals";
import { type Incident, incidentsOf, type Mail, mailOf, type Overview, overviewOf } from "./record";

const EVERY_MS = 2_000;
const WITHIN_MS = 6_000;

export class Watch {
  readonly overview: Signal<Overview | null> = signal(null);
  /** Null: not known yet. What was known stays while the guards do not answer. */
  readonly incidents: Signal<readonly Incident[] | null> = signal(null);
  readonly mail: Signal<readonly Mail[] | null> = signal(null);
  /** When the overview was answered last, in Unix milliseconds. */
  readonly answered_at_ms: Signal<number | null> = signal(null);
  readonly refused = signal(false);
  /** A gateway answers, and the guards behind it do not. */
  readonly guards_away = signal(false);
  /** The first round is over. */
  readonly asked = signal(false);
  readonly #token: string;
  #closed = false;

  constructor(token: string) {
    this.#token = token;
  }

  async run(): Promise<void> {
    while (!this.#closed && !this.refused.value) {
      await Promise.all([this.#overview(), this.#incidents(), this.#mail()]);
      this.asked.value = true;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS * (0.9 + Math.random() / 5)));
    }
  }

  close(): void {
    this.#closed = true;
  }

  async #overview(): Promise<void> {
    const body = await this.#get("/api/v1/ops");
    if (body === null) return;
    this.overview.value = overviewOf(body);
    this.answered_at_ms.value = Date.now();
  }

  async #incidents(): Promise<void> {
    const body = await this.#get("/api/v1/ops/incidents");
    this.guards_away.value = body === null;
    if (body !== null) this.incidents.value = incidentsOf(body);
  }

  async #mail(): Promise<void> {
    const body = await this.#get("/api/v1/ops/mail");
    if (body !== null) this.mail.value = mailOf(body);
  }

  async #get(path: string): Promise<unknown> {
    try {
      const answer = await fetch(path, {
        headers: { Authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(WITHIN_MS),
      });
      if (answer.status === 401 || answer.status === 403) this.refused.value = true;
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }
}
