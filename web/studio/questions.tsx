/**
 * The audience's questions, the oldest unanswered first, each to be answered in writing: on the slate it is the show.
 * It never chooses which; it sends what the host wrote. The studio's page shows it where there are any.
 */
import { useSignal } from "@preact/signals";
import type { RoomClient } from "../connection/client";
import { AnswerForm } from "../staff/answer";
import { staffWords } from "../words/en/staff";
import { studioWords as words } from "../words/en/studio";

export function Questions({ room }: { room: RoomClient }) {
  const { questions, rung, eventState } = room.state.value;
  const answering = useSignal<string | null>(null);
  const fault = useSignal<string | null>(null);
  const open = questions.filter((question) => question.state !== "answered");
  const slate = rung === "slate" && eventState === "live";
  if (questions.length === 0 && !slate) return null;
  const answer = (question: string, text: string | null): void => {
    answering.value = null;
    fault.value = null;
    if (text === null) return;
    room.send("question.answer", { question, text }).catch((why: Error) => {
      fault.value = staffWords.answer.failed(why.message);
    });
  };
  return (
    <section class={slate ? "card questions urgent" : "card questions"} aria-labelledby="questions">
      <h2 id="questions">{words.questions.title(open.length)}</h2>
      {slate ? <p class="small">{words.questions.slate}</p> : null}
      {questions.length === 0 ? <p class="soft small">{words.questions.none}</p> : null}
      <p class="fault" role="alert" hidden={fault.value === null}>
        {fault.value}
      </p>
      <ol>
        {open.map((question) => (
          <li key={question.id}>
            <p>
              <b>{question.from.name}</b> {question.text}
            </p>
            {answering.value === question.id ? (
              <AnswerForm to={question.from.name} onAnswer={(text) => answer(question.id, text)} />
            ) : (
              <button
                type="button"
                class="button"
                onClick={() => {
                  answering.value = question.id;
                }}
              >
                {staffWords.answer.open}
              </button>
            )}
          </li>
        ))}
      </ol>
      {questions.length > open.length ? (
        <p class="soft small">{words.questions.answered(questions.length - open.length)}</p>
      ) : null}
    </section>
  );
}
