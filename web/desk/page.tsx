/**
 * The moderators' desk: the live queue, the card of a member, what was done and how to take it back.
 * It never judges: it sends what the moderator pressed, at once. main.tsx makes its neighbours and renders it.
 */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { RoomClient } from "../connection/client";
import { Icon } from "../parts/icon";
import { Bar, PhaseLine } from "../staff/bar";
import { useStick } from "../staff/stick";
import { Mark } from "../staff/tone";
import type { Commands, CommandType } from "../wire/message";
import { deskWords as words } from "../words/en/desk";
import { staffWords } from "../words/en/staff";
import { cardOf } from "./card";
import { type Deed, type DeedKind, undoable, withDeed, withoutDeed } from "./deed";
import { Deeds } from "./deeds";
import { InForce } from "./force";
import { deskKey } from "./key";
import { Keys } from "./keys";
import { MemberCard } from "./member";
import { deletionOf, FILTERS, type Filter, type Member, openQuestions, queueOf, type Row, stepTo } from "./queue";
import { type Act, QueueRow } from "./row";

export function Desk({ room }: { room: RoomClient }) {
  const state = room.state.value;
  const filter = useSignal<Filter>("all");
  const find = useSignal("");
  const selected = useSignal<string | null>(null);
  const member = useSignal<Member | null>(null);
  const answering = useSignal<string | null>(null);
  const deeds = useSignal<readonly Deed[]>([]);
  const finder = useRef<HTMLInputElement>(null);
  const rows = queueOf(state, filter.value, find.value);
  const stick = useStick(
    rows.map((row) => row.id),
    `${state.room}/${filter.value}/${find.value}`,
  );

  const did = (kind: DeedKind, name: string, about: string | null): void => {
    deeds.value = withDeed(deeds.value, { kind, name, member: about, at_ms: Date.now() });
  };
  const send = <T extends CommandType>(type: T, fields: Commands[T], kind: DeedKind, about: Member): void => {
    room.send(type, fields).then(
      () => did(kind, about.name, about.id),
      (why: Error) => did("failed", why.message, about.id),
    );
  };
  const ban = (about: Member, for_s: number | null = null): void =>
    send("member.ban", for_s === null ? { member: about.id } : { member: about.id, for_s }, "banned", about);
  const unban = (about: Member): void => send("member.unban", { member: about.id }, "unbanned", about);
  const undo = (deed: Deed | null): void => {
    if (deed === null || deed.member === null) return;
    deeds.value = withoutDeed(deeds.value, deed);
    send("member.unban", { member: deed.member }, "undone", { id: deed.member, name: deed.name, role: null });
  };

  const remove = (row: Row, about: Member): void => {
    const deletion = deletionOf(state, row);
    if (deletion === null) return;
    send("message.delete", deletion, row.line.type === "tip" ? "tip_deleted" : "deleted", about);
  };

  const act = (row: Row, what: Act): void => {
    const about = row.member;
    selected.value = row.id;
    if (about === null) return;
    const staff = about.role !== null && about.role !== "attendee";
    switch (what) {
      case "card":
        member.value = about;
        break;
      case "answer":
        if (row.question && row.question.state !== "answered") answering.value = row.id;
        break;
      case "delete":
        remove(row, about);
        break;
      case "kick":
        if (!staff) send("member.kick", { member: about.id }, "kicked", about);
        break;
      case "ban":
        if (!staff) ban(about);
        break;
      case "unban":
        unban(about);
        break;
    }
  };

  const select = (id: string | null): void => {
    if (id === null) return;
    selected.value = id;
    const place = stick.list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"] .row-main`);
    place?.focus({ preventScroll: true });
    place?.scrollIntoView({ block: "nearest" });
  };
  const pressed = (key: KeyboardEvent): void => {
    const wanted = deskKey(key, fieldOf(key.target));
    if (wanted === null) return;
    key.preventDefault();
    const row = rows.find((one) => one.id === selected.value);
    if (wanted === "down") select(stepTo(rows, selected.value, 1));
    else if (wanted === "up") select(stepTo(rows, selected.value, -1));
    else if (wanted === "find") finder.current?.focus();
    else if (wanted === "undo") undo(undoable(deeds.value, Date.now()));
    else if (wanted === "let_go") letGo();
    else if (row) act(row, wanted);
  };
  const letGo = (): void => {
    selected.value = null;
    member.value = null;
    answering.value = null;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };
  const onKey = useRef(pressed);
  onKey.current = pressed;
  useEffect(() => {
    const listen = (key: KeyboardEvent): void => onKey.current(key);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  useSignalEffect(() => {
    // On a wide screen the card follows the selection; on a phone it would cover the queue.
    const id = selected.value;
    const row = id === null ? undefined : queueOf(room.state.peek(), "all", "").find((one) => one.id === id);
    if (row?.member && matchMedia("(min-width: 1000px)").matches) member.value = row.member;
  });

  const reachable = rows.some((row) => row.id === selected.value) ? selected.value : rows.at(-1)?.id;
  return (
    <div class="desk">
      <Bar title={state.title} page={words.page}>
        <Mark tone={state.eventState === "live" ? "air" : "idle"}>{staffWords.event[state.eventState]}</Mark>
      </Bar>
      <PhaseLine phase={state.phase} />
      <InForce state={state} onUnban={(id, name) => unban({ id, name, role: null })} />
      <section class="desk-tools" aria-label={words.tabs_name}>
        <fieldset class="tabs">
          <legend class="unseen">{words.tabs_name}</legend>
          {FILTERS.map((one) => (
            <label key={one} class={filter.value === one ? "choice tab chosen" : "choice tab"}>
              <input
                type="radio"
                name="filter"
                checked={filter.value === one}
                onChange={() => {
                  filter.value = one;
                }}
              />
              {words.tabs[one]}
              {one === "questions" && openQuestions(state.questions) > 0 ? (
                <span class="tab-count">{openQuestions(state.questions)}</span>
              ) : null}
            </label>
          ))}
        </fieldset>
        <search class="finder">
          <Icon name="search" size={18} />
          <input
            ref={finder}
            class="input"
            type="search"
            aria-label={words.find}
            placeholder={words.find_placeholder}
            value={find.value}
            onInput={(input) => {
              find.value = input.currentTarget.value;
            }}
            onKeyDown={(key) => {
              if (key.key !== "Escape") return;
              find.value = "";
              key.currentTarget.blur();
            }}
          />
        </search>
      </section>
      <main class="desk-main">
        <div class="queue-place">
          <div class="queue" ref={stick.list} onScroll={stick.onScroll}>
            {rows.length === 0 ? (
              <p class="queue-empty soft">{find.value === "" ? words.empty[filter.value] : words.empty.found}</p>
            ) : null}
            <ol aria-label={words.queue}>
              {rows.map((row) => (
                <QueueRow
                  key={row.id}
                  row={row}
                  selected={row.id === selected.value}
                  reachable={row.id === reachable}
                  deletable={deletionOf(state, row) !== null}
                  banned={row.member !== null && state.banned.has(row.member.id)}
                  answering={answering.value === row.id}
                  onSelect={() => {
                    selected.value = row.id;
                  }}
                  onAct={(what) => act(row, what)}
                  onAnswer={(text) => {
                    answering.value = null;
                    if (text !== null && row.question && row.member) {
                      send("question.answer", { question: row.question.id, text }, "answered", row.member);
                    }
                  }}
                />
              ))}
            </ol>
          </div>
          {stick.fresh.value > 0 ? (
            <button type="button" class="button newer" onClick={stick.toEnd}>
              {words.newer(stick.fresh.value)}
              <Icon name="down" size={16} />
            </button>
          ) : null}
          <Deeds deeds={deeds.value} onUndo={undo} />
        </div>
        <aside class={member.value === null ? "desk-side" : "desk-side open"}>
          <MemberCard
            card={member.value === null ? null : cardOf(state, member.value)}
            onKick={() => {
              const about = member.value;
              if (about) send("member.kick", { member: about.id }, "kicked", about);
            }}
            onBan={(for_s) => {
              if (member.value) ban(member.value, for_s);
            }}
            onUnban={() => {
              if (member.value) unban(member.value);
            }}
            onClose={() => {
              member.value = null;
            }}
          />
          <Keys />
        </aside>
      </main>
    </div>
  );
}

/** The tag of a field that takes typing; a radio button takes none. */
function fieldOf(target: EventTarget | null): string {
  if (!(target instanceof Element)) return "";
  return target instanceof HTMLInputElement && target.type === "radio" ? "" : target.tagName;
}
