// "Notify me if it moves": an address and a clear yes, left with the event; a mail asks to confirm it.
// It never ticks the box itself. The attendee's page shows it before, and beside the stage.

import { useState } from "preact/hooks";
import { Icon } from "../parts/icon";
import { words } from "../words/en";
import { leaveAddress } from "./event";

export interface NotifyProps {
  readonly event: string;
  readonly name: string;
  readonly token: string | null;
}

type Stage = "form" | "sending" | "done";

export function Notify({ event, name, token }: NotifyProps) {
  const [address, setAddress] = useState("");
  const [consent, setConsent] = useState(false);
  const [stage, setStage] = useState<Stage>("form");
  const [fault, setFault] = useState<string | null>(null);

  const submit = async (submitted: Event) => {
    submitted.preventDefault();
    const wrong = faultIn(address, consent);
    setFault(wrong);
    if (wrong !== null) return;
    setStage("sending");
    const left = await leaveAddress(event, { address: address.trim(), name, consent, token });
    setStage("taken" in left ? "done" : "form");
    if ("refused" in left) setFault(left.refused ?? words.notify.failed);
  };

  return (
    <details class="notify">
      <summary>
        <Icon name="mail" size={16} />
        {words.notify.open}
      </summary>
      {stage === "done" ? (
        <p class="notify-done" role="status">
          <Icon name="check" size={16} />
          {words.notify.done}
        </p>
      ) : (
        <form class="notify-form" noValidate onSubmit={submit}>
          <p class="small soft">{words.notify.why}</p>
          <div class="field">
            <label for="address">{words.notify.address}</label>
            <input
              id="address"
              class="input"
              type="email"
              autoComplete="email"
              maxLength={254}
              value={address}
              onInput={(typed) => setAddress(typed.currentTarget.value)}
            />
          </div>
          <label class="notify-consent">
            <input
              type="checkbox"
              checked={consent}
              onChange={(changed) => setConsent(changed.currentTarget.checked)}
            />
            <span>{words.notify.consent}</span>
          </label>
          <button type="submit" class="button" disabled={stage === "sending"}>
            {stage === "sending" ? words.notify.sending : words.notify.send}
          </button>
          <p class="small fault" role="status">
            {fault}
          </p>
        </form>
      )}
    </details>
  );
}

function faultIn(address: string, consent: boolean): string | null {
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address.trim())) return words.notify.addressWrong;
  return consent ? null : words.notify.consentMissing;
}
