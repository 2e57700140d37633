/**
 * Says what was just done, and for ten seconds offers to take it back.
 * It never undoes by itself. The desk's page shows it over the queue.
 */
import { Icon } from "../parts/icon";
import { clock } from "../staff/clock";
import { deskWords as words } from "../words/en/desk";
import { type Deed, recent, undoLeft } from "./deed";

export function Deeds({ deeds, onUndo }: { deeds: readonly Deed[]; onUndo: (deed: Deed) => void }) {
  const now_ms = clock().value;
  return (
    <div class="deeds" role="status">
      {recent(deeds, now_ms).map((deed) => {
        const left_s = undoLeft(deed, now_ms);
        return (
          <p key={deed.id} class={deed.kind === "failed" ? "deed-line bad" : "deed-line"}>
            <Icon name={deed.kind === "failed" ? "warn" : "check"} size={18} />
            <span>{words.deed[deed.kind](deed.name)}</span>
            {left_s > 0 ? (
              <button type="button" class="button" onClick={() => onUndo(deed)}>
                <Icon name="undo" size={18} />
                {words.deed.undo(left_s)}
              </button>
            ) : null}
          </p>
        );
      })}
    </div>
  );
}
