/**
 * The room's chat beside the picture, as everyone reads it, and the line to say something.
 * It never moderates: that is the desk's. The studio's page shows it.
 */
import { useRef } from "preact/hooks";
import type { RoomClient } from "../connection/client";
import { ChatLog } from "../parts/chat-log";
import { Composer } from "../parts/composer";
import { studioWords as words } from "../words/en/studio";

const TEXT_MAX = 1_000;

export function Talk({ room }: { room: RoomClient }) {
  const { entries, pending, you, phase } = room.state.value;
  const draft = useRef("");
  return (
    <section class="card talk" aria-labelledby="talk">
      <h2 id="talk">{words.chat.title}</h2>
      <ChatLog lines={entries} pending={pending} you={you?.id ?? null} yourName={you?.name ?? ""} />
      <Composer
        label={words.chat.say}
        placeholder={words.chat.say}
        sendLabel={words.chat.send}
        max={TEXT_MAX}
        closed={phase.name === "closed" ? words.chat.closed : null}
        draft={draft.current}
        onDraft={(text) => {
          draft.current = text;
        }}
        onSend={(text) => room.send("chat.send", { text })}
      />
    </section>
  );
}
