/**
 * What the audience will find when the host goes live: title, host, picture, sound, how many are in the room.
 * It decides nothing. The green room shows it.
 */
import type { RoomState } from "../connection/room";
import { staffWords } from "../words/en/staff";
import { studioWords as words } from "../words/en/studio";

export function Others(props: { state: RoomState; track: MediaStreamTrack | undefined; hasSound: boolean }) {
  const { state, track, hasSound } = props;
  const { width = 1280, height = 720 } = track?.getSettings() ?? {};
  const rows: [string, string][] = [
    [words.others.title_row, state.title || "…"],
    [words.others.host_row, state.host || "…"],
    [words.others.picture_row, track ? words.others.picture(width, height) : words.others.no_picture],
    [words.others.sound_row, hasSound ? words.others.sound : words.others.no_sound],
    [words.others.people_row, state.members === null ? "…" : staffWords.people(state.members)],
  ];
  return (
    <section class="card" aria-labelledby="others">
      <h2 id="others">{words.others.title}</h2>
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
