/**
 * One row of the desk's queue: who, what, when, and the buttons of what can be done about it.
 * It never acts: it tells what was pressed. The desk's page shows it.
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Line } from "../connection/room";
import { Icon } from "../parts/icon";
import { money } from "../parts/money";
import { PersonName } from "../parts/person";
import { AnswerForm } from "../staff/answer";
import { timeOf } from "../staff/span";
import { deskWords as words } from "../words/en/desk";
import { staffWords } from "../words/en/staff";
import type { Row } from "./queue";

export type Act = "delete" | "kick" | "ban" | "unban" | "card" | "answer";

export interface RowProps {
  readonly row: Row;
  readonly selected: boolean;
  readonly reachable: boolean;
  readonly deletable: boolean;
  readonly banned: boolean;
  readonly answering: boolean;
  readonly onSelect: () => void;
  readonly onAct: (act: Act) => void;
  readonly onAnswer: (text: string | null) => void;
}

export function QueueRow(props: RowProps) {
  const { row, selected, reachable, onSelect } = props;
  const { line } = row;
  const place = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    // Its buttons may have opened below the edge.
    if (selected) place.current?.scrollIntoView({ block: "nearest" });
  }, [selected, props.answering]);
  const kind = line.withdrawn ? `${line.type} withdrawn` : line.type;
  return (
    <li ref={place} class={selected ? `row ${kind} selected` : `row ${kind}`} data-row={row.id}>
      <button
        type="button"
        class="row-main"
        aria-current={selected}
        tabIndex={reachable ? 0 : -1}
        onClick={onSelect}
        onFocus={onSelect}
      >
        <time class="row-time small" dateTime={line.at}>
          {timeOf(line.at)}
        </time>
        <RowWords row={row} />
      </button>
      <Actions {...props} />
      {props.answering ? <AnswerForm to={row.member?.name ?? ""} onAnswer={props.onAnswer} /> : null}
    </li>
  );
}

function RowWords({ row }: { row: Row }) {
  const { line } = row;
  if (line.type === "chat" || line.type === "tip" || line.type === "question") return <Said row={row} line={line} />;
  return <span class="row-words deed">{deedWords(row)}</span>;
}

function Said({ row, line }: { row: Row; line: Extract<Line, { from: unknown }> }) {
  const { question } = row;
  return (
    <span class="row-words">
      <span class="row-head">
        <PersonName person={line.from} />
        {line.type === "tip" ? <span class="tag tip">{words.tipped(money(line.amount, line.currency))}</span> : null}
        {question === null ? null : <QuestionTag answered={question.state === "answered"} />}
        {line.withdrawn ? <WithdrawnTag tip={line.type === "tip"} /> : null}
        {line.carried ? <span class="tag">{words.carried}</span> : null}
      </span>
      <span class="row-text">{line.text}</span>
      {question?.answer ? (
        <span class="row-answer">
          <span class="small soft">{words.answered_by(question.answered_by?.name ?? "")}</span>
          <span>{question.answer}</span>
        </span>
      ) : null}
    </span>
  );
}

/** What was given with a tip stays. */
export function WithdrawnTag({ tip }: { tip: boolean }) {
  return <span class="tag gone">{tip ? words.words_withdrawn : words.withdrawn}</span>;
}

function QuestionTag({ answered }: { answered: boolean }) {
  return <span class={answered ? "tag" : "tag due"}>{answered ? words.answered : words.to_answer}</span>;
}

function deedWords({ line, member }: Row): string {
  switch (line.type) {
    case "moderated":
      return words.did[line.action](line.name, line.by.name);
    case "deleted":
      return words.did.deleted(member?.name ?? "…", line.by.name);
    case "cut":
      return line.reason;
    case "notice":
      return line.text;
    case "event":
      return line.reason ? `${staffWords.event[line.state]}: ${line.reason}` : staffWords.event[line.state];
    default:
      return "";
  }
}

function Actions({ row, deletable, banned, onAct }: RowProps) {
  const { line, member, question } = row;
  if (member === null) return null;
  const own = line.type === "chat" || line.type === "tip" || line.type === "question";
  const staff = member.role !== null && member.role !== "attendee";
  return (
    <div class="row-actions">
      {question !== null && question.state !== "answered" ? (
        <button type="button" class="button" onClick={() => onAct("answer")}>
          <Icon name="send" size={18} />
          {words.answer}
        </button>
      ) : null}
      {deletable ? (
        <button type="button" class="button" onClick={() => onAct("delete")}>
          <Icon name="trash" size={18} />
          {words.delete}
        </button>
      ) : null}
      {own && !staff && !banned ? (
        <>
          <button type="button" class="button" onClick={() => onAct("kick")}>
            <Icon name="close" size={18} />
            {words.kick}
          </button>
          <button type="button" class="button" onClick={() => onAct("ban")}>
            <Icon name="ban" size={18} />
            {words.ban}
          </button>
        </>
      ) : null}
      {banned ? (
        <button type="button" class="button" onClick={() => onAct("unban")}>
          <Icon name="undo" size={18} />
          {words.unban}
        </button>
      ) : null}
      <button type="button" class="button row-card" onClick={() => onAct("card")}>
        <Icon name="people" size={18} />
        <span class="unseen">{words.show_card(member.name)}</span>
      </button>
    </div>
  );
}
