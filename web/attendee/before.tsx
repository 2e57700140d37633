// Before: what the event is, who holds it and when; a name, and in. On a phone two taps.
// It opens no socket; whoever shows it is told the name. The attendee's page shows it.

import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/icon";
import { ThemeSwitch } from "../parts/theme";
import { words } from "../words/en";
import type { EventInfo } from "./event";
import { Notify } from "./notify";

export interface BeforeProps {
  readonly info: EventInfo | null;
  /** Nothing could be learnt yet: the skeleton stands, and says why. */
  readonly trouble: "loading" | "away" | "missing" | null;
  readonly name: string;
  /** The server would not take the name. */
  readonly refused: boolean;
  readonly token: string | null;
  readonly onJoin: (name: string) => void;
}

export function Before({ info, trouble, name, refused, token, onJoin }: BeforeProps) {
  const [typed, setTyped] = useState(name);
  return (
    <main class="before">
      <div class="before-top">
        <ThemeSwitch />
      </div>
      <div class="before-card">
        {info ? (
          <>
            <State info={info} />
            <h1>{info.title}</h1>
            <p class="before-host soft">{info.host ? words.before.with(info.host) : ""}</p>
            <When at={info.starts_at} />
            {info.state === "ended" ? null : (
              <Join {...{ info, name, refused, typed, token, onJoin }} onType={setTyped} />
            )}
            {info.notify && info.state !== "ended" ? (
              <Notify event={info.id} name={typed.trim()} token={token} />
            ) : null}
          </>
        ) : (
          <Skeleton trouble={trouble} />
        )}
      </div>
    </main>
  );
}

function Skeleton({ trouble }: { trouble: BeforeProps["trouble"] }) {
  if (trouble === "missing") {
    return (
      <>
        <h1>{words.before.notFound}</h1>
        <p class="soft">{words.before.notFoundWhy}</p>
      </>
    );
  }
  return (
    <>
      <div class="before-bone before-bone-title" />
      <div class="before-bone" />
      <p class="soft" role="status">
        {trouble === "away" ? words.before.away : words.before.loading}
      </p>
    </>
  );
}

function State({ info }: { info: EventInfo }) {
  const said = {
    live: words.before.live,
    open: words.before.open,
    break: words.before.break,
    ended: words.before.ended,
  };
  const text = info.state in said ? said[info.state as keyof typeof said] : null;
  if (text === null) return <p class="before-state" />;
  return (
    <p class={`before-state ${info.state}`}>
      <Icon name={info.state === "live" ? "dot" : "clock"} size={16} />
      {text}
    </p>
  );
}

const WHEN = new Intl.DateTimeFormat("en-GB", {
  weekday: "long",
  day: "numeric",
  month: "long",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
});

function When({ at }: { at: string | null }) {
  if (at === null) return <p class="before-when">{words.before.timeOpen}</p>;
  return (
    <p class="before-when">
      <Icon name="clock" size={16} />
      <time dateTime={at}>{WHEN.format(new Date(at))}</time>
    </p>
  );
}

interface JoinProps extends Pick<BeforeProps, "name" | "refused" | "token" | "onJoin"> {
  readonly info: EventInfo;
  readonly typed: string;
  readonly onType: (text: string) => void;
}

function Join({ info, name, refused, typed, token, onType, onJoin }: JoinProps) {
  const [missing, setMissing] = useState(false);
  if (!info.guests && token === null) return <p class="before-closed">{words.before.byInvitation}</p>;
  // Whoever has been here before is known by the token: the name belongs to it.
  const known = token !== null && name !== "" && !refused;
  const said = typed.trim();
  const fault =
    missing && said === "" ? words.before.nameMissing : refused && typed === name ? words.before.nameRefused : null;
  return (
    <form
      class="before-join"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (said === "") setMissing(true);
        else onJoin(said);
      }}
    >
      {known ? null : <NameField value={typed} fault={fault} onInput={onType} />}
      <button type="submit" class="button main before-go">
        {known ? words.before.joinAs(name) : words.before.join}
      </button>
    </form>
  );
}

function NameField({
  value,
  fault,
  onInput,
}: {
  value: string;
  fault: string | null;
  onInput: (text: string) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (fault !== null) field.current?.focus();
  }, [fault]);
  return (
    <div class="field">
      <label for="name">{words.before.name}</label>
      <input
        ref={field}
        id="name"
        class="input"
        autoComplete="nickname"
        maxLength={40}
        value={value}
        aria-describedby="name-hint"
        aria-invalid={fault !== null}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <p id="name-hint" class={fault === null ? "small soft" : "small fault"} role="status">
        {fault ?? words.before.nameHint}
      </p>
    </div>
  );
}
