// Questions and their answers, answered ones on top, with the line to ask one: on the slate it is the programme.
// It never answers; staff do, at the desk. The slate and the questions dialog show it.

import { useState } from "preact/hooks";
import type { RoomClient } from "../connection/client";
import { Composer } from "../parts/composer";
import { Icon } from "../parts/icon";
import { PersonName } from "../parts/person";
import type { Question } from "../wire/message";
import { words } from "../words/en";
import { draftOf, keepDraft } from "./ticket";

const TEXT_MAX = 500;

export function Questions({ client, closed }: { client: RoomClient; closed: string | null }) {
  const { questions, pending, you } = client.state.value;
  const [asked, setAsked] = useState(false);
  const waiting = pending.filter((one) => one.type === "question.ask");
  const answered = questions.filter((one) => one.state === "answered");
  const open = questions.filter((one) => one.state !== "answered");
  return (
    <div class="questions">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="questions-list" aria-label={words.ask.title} tabIndex={0}>
        {questions.length + waiting.length === 0 ? <p class="questions-empty">{words.ask.empty}</p> : null}
        {answered.length > 0 ? <h3>{words.ask.answered}</h3> : null}
        <ul>
          {answered.toReversed().map((one) => (
            <Asked key={one.id} question={one} mine={one.from.id === you?.id} />
          ))}
        </ul>
        {open.length + waiting.length > 0 ? <h3>{words.ask.open}</h3> : null}
        <ul>
          {open.map((one) => (
            <Asked key={one.id} question={one} mine={one.from.id === you?.id} />
          ))}
          {waiting.map((one) => (
            <li key={one.key} class="question">
              <p class="question-text">{one.text}</p>
              <p class="question-by">
                <Icon name="clock" size={12} /> {one.state === "held" ? words.chat.held : words.chat.sending}
              </p>
            </li>
          ))}
        </ul>
      </section>
      <Composer
        label={words.ask.write}
        placeholder={words.ask.write}
        sendLabel={words.ask.send}
        max={TEXT_MAX}
        closed={closed}
        hint={asked ? words.ask.done : null}
        draft={draftOf("question")}
        onDraft={(text) => keepDraft("question", text)}
        onSend={async (text) => {
          setAsked(false);
          await client.send("question.ask", { text });
          setAsked(true);
        }}
      />
    </div>
  );
}

function Asked({ question, mine }: { question: Question; mine: boolean }) {
  return (
    <li class={question.state === "answered" ? "question answered" : "question"}>
      <p class="question-text">{question.text}</p>
      <p class="question-by">
        <PersonName person={question.from} /> {mine ? `(${words.ask.you})` : ""}
      </p>
      {question.answer ? (
        <p class="question-answer">
          {question.answered_by ? <PersonName person={question.answered_by} /> : null} {question.answer}
        </p>
      ) : null}
    </li>
  );
}
