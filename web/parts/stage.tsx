// The stage: the picture on black, with whatever a page lays over it as children.
// It decides nothing about the picture; the player paints into its canvas. Attendee, studio and desk show it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Player } from "../player/player";
import "./stage.css";

export interface StageProps {
  readonly player: Player;
  /** What the picture is, for those who do not see it. */
  readonly label: string;
  /** The last picture stays, dimmed: it is not live now. */
  readonly dimmed?: boolean;
  readonly children?: ComponentChildren;
}

export function Stage({ player, label, dimmed = false, children }: StageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    player.mount(canvas.current);
    return () => player.mount(null);
  }, [player]);
  return (
    <div class={dimmed ? "stage dimmed" : "stage"}>
      <canvas ref={canvas} class="stage-picture" width={1280} height={720} role="img" aria-label={label} />
      {children}
    </div>
  );
}
