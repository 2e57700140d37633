/**
 * What was mailed, the newest first, each to be opened and read.
 * It never sends. The operator's page shows it.
 */
import { dayOf } from "../staff/span";
import { Mark, type Tone } from "../staff/tone";
import { opsWords as words } from "../words/en/ops";
import type { Mail } from "./record";

const TONES: Readonly<Record<string, Tone>> = { sent: "good", kept: "good", failed: "bad", unsure: "warn" };

export function Mails({ mail }: { mail: readonly Mail[] | null }) {
  return (
    <section aria-labelledby="mail">
      <h2 id="mail">{words.mail.title}</h2>
      <p class="soft small ops-note">{words.mail.text}</p>
      {mail?.length === 0 ? <p class="card soft">{words.mail.none}</p> : null}
      <ul class="mails">
        {(mail ?? []).map((one) => (
          <li key={`${one.at} ${one.to} ${one.subject}`}>
            <details class="card mail">
              <summary>
                <span class="mail-subject">{one.subject}</span>
                <span class="mail-facts small">
                  <span>{words.mail.to(one.to)}</span>
                  <time class="soft" dateTime={one.at}>
                    {dayOf(one.at)}
                  </time>
                  <Mark tone={TONES[one.status] ?? "idle"}>{words.mail.status[one.status] ?? one.status}</Mark>
                  {one.lane === "" ? null : <span class="soft">{words.mail.lane(one.lane)}</span>}
                </span>
              </summary>
              <MailText text={one.text} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The text as written; its addresses can be followed, nothing else in it means anything. */
function MailText({ text }: { text: string }) {
  const parts = text.split(/(https?:\/\/[^\s<>"]+)/);
  return (
    <p class="mail-text">
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          <a key={`${index}`} href={part} rel="noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}
