// The tip dialog: an amount, a few words, and what became of it. The room's own entry comes only when it is confirmed.
// It never charges twice: the command keeps its key until it is answered, and until then no other tip is sent, not even
// by a dialog opened anew. The attendee's page shows it.

import { useState } from "preact/hooks";
import { Rejected, type RoomClient } from "../connection/client";
import { Dialog } from "../parts/dialog";
import { minorOf, money } from "../parts/money";
import type { Ack } from "../wire/message";
import { words } from "../words/en";

const PRESETS = [200, 500, 1_000, 2_000];
const LEAST = 100;
const MOST = 1_000_000;

export function TipDialog({ client, host, onClose }: { client: RoomClient; host: string; onClose: () => void }) {
  const [ack, setAck] = useState<Ack | null>(null);
  return (
    <Dialog title={words.tip.title} onClose={onClose}>
      {ack === null ? (
        <TipForm client={client} host={host} onAck={setAck} />
      ) : (
        <Outcome client={client} ack={ack} onAgain={() => setAck(null)} />
      )}
    </Dialog>
  );
}

function TipForm({ client, host, onAck }: { client: RoomClient; host: string; onAck: (ack: Ack) => void }) {
  const [preset, setPreset] = useState<number | null>(500);
  const [other, setOther] = useState("");
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const amount = preset ?? minorOf(other);
  const good = amount !== null && amount >= LEAST && amount <= MOST;
  const waiting = client.state.value.pending.find((one) => one.type === "tip.send");
  const busy = sending || waiting !== undefined;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!good || busy) {
      setFault(good ? null : words.tip.wrong);
      return;
    }
    setSending(true);
    setFault(null);
    try {
      onAck(await client.send("tip.send", { amount, currency: words.tip.currency, text: text.trim() }));
    } catch (why) {
      if (!(why instanceof Rejected)) throw why;
      setFault(why.message);
    } finally {
      setSending(false);
    }
  };

  return (
    <form class="tip" noValidate onSubmit={submit}>
      <p class="soft">{words.tip.why(host)}</p>
      <div class="tip-presets">
        {PRESETS.map((one) => (
          <button
            key={one}
            type="button"
            class="button"
            aria-pressed={preset === one}
            onClick={() => {
              setPreset(one);
              setOther("");
            }}
          >
            {money(one, words.tip.currency)}
          </button>
        ))}
      </div>
      <div class="field">
        <label for="amount">{words.tip.other}</label>
        <input
          id="amount"
          class="input"
          inputMode="decimal"
          maxLength={9}
          placeholder={words.tip.currency}
          value={other}
          onInput={(event) => {
            setOther(event.currentTarget.value);
            setPreset(event.currentTarget.value === "" ? 500 : null);
          }}
        />
      </div>
      <div class="field">
        <label for="tip-text">{words.tip.text}</label>
        <input
          id="tip-text"
          class="input"
          maxLength={200}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <button type="submit" class="button main" disabled={busy}>
        {busy ? words.tip.sending : words.tip.send(good ? money(amount, words.tip.currency) : "…")}
      </button>
      <p class="small soft" role="status">
        {waiting?.state === "held" ? words.tip.waiting : null}
      </p>
      <p class="small fault" role="alert">
        {fault}
      </p>
    </form>
  );
}

function Outcome({ client, ack, onAgain }: { client: RoomClient; ack: Ack; onAgain: () => void }) {
  const status = (ack.tip && client.state.value.tips.get(ack.tip)) || ack.status || "confirmed";
  const url = safeUrl(ack.action?.url);
  return (
    <div class="tip">
      <p role="status">{words.tip[status]}</p>
      {status === "action" && url ? (
        <a class="button main" href={url} target="_blank" rel="noopener noreferrer">
          {words.tip.actionLink}
        </a>
      ) : null}
      <button type="button" class="button" onClick={onAgain}>
        {words.tip.again}
      </button>
    </div>
  );
}

/** Only web addresses are followed, whatever a lane may have answered. */
function safeUrl(url: string | undefined): string | null {
  return url && /^https?:\/\//.test(url) ? url : null;
}
