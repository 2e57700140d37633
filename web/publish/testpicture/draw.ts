/**
 * Draws one test picture: strip, clock, turning hand, name, bars, and the flash at the full second.
 * It never decides when: the picture's number and the time of drawing are given.
 * The worker calls it, or the page where there are no track generators.
 */
import { COLUMNS, encode, ROWS, SHARE_OF_HEIGHT, sourceId } from "../strip";
import { FRAMES_PER_S, flashes, HEIGHT, WIDTH } from "./beat";

export interface Easel {
  readonly context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  /** `main`, `standby`, …: chooses the colours and the number in the strip. */
  readonly source: string;
  /** What the picture calls it ("MAIN"). */
  readonly label: string;
}

const STRIP_HEIGHT = HEIGHT * SHARE_OF_HEIGHT;
const BARS_TOP = HEIGHT - 56;
const FLASH_EDGE = 28;
const BARS = ["#bfbfbf", "#bfbf00", "#00bfbf", "#00bf00", "#bf00bf", "#bf0000", "#0000bf"];
const FACE = 'system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", monospace';

interface Palette {
  readonly ground: string;
  readonly deep: string;
  readonly mark: string;
}

const PALETTES: Readonly<Record<string, Palette>> = {
  main: { ground: "#12376b", deep: "#0b2447", mark: "#8fc1ff" },
  standby: { ground: "#7a3f0a", deep: "#522905", mark: "#ffc98a" },
};
const PLAIN: Palette = { ground: "#3b3f46", deep: "#2a2d32", mark: "#d5d9df" };

/** `drawn_ms` is Unix milliseconds, now: it goes into the strip. */
export function draw(easel: Easel, frame: number, drawn_ms: number): void {
  const { context, source } = easel;
  const palette = PALETTES[source] ?? PLAIN;
  context.fillStyle = palette.ground;
  context.fillRect(0, STRIP_HEIGHT, WIDTH, HEIGHT - STRIP_HEIGHT);
  if (flashes(frame)) {
    context.fillStyle = "#ffffff";
    context.fillRect(0, STRIP_HEIGHT, WIDTH, HEIGHT - STRIP_HEIGHT);
    context.fillStyle = palette.ground;
    context.fillRect(
      FLASH_EDGE,
      STRIP_HEIGHT + FLASH_EDGE,
      WIDTH - 2 * FLASH_EDGE,
      HEIGHT - STRIP_HEIGHT - 2 * FLASH_EDGE,
    );
  }
  drawBars(context);
  drawHand(easel, palette, frame);
  drawWords(easel, palette, drawn_ms);
  drawStrip(context, source, drawn_ms);
}

function drawStrip(context: Easel["context"], source: string, drawn_ms: number): void {
  const [wide, high] = [WIDTH / COLUMNS, STRIP_HEIGHT / ROWS];
  context.fillStyle = "#000000";
  context.fillRect(0, 0, WIDTH, STRIP_HEIGHT);
  context.fillStyle = "#ffffff";
  encode({ source: sourceId(source), at_ms: Math.floor(drawn_ms) }).forEach((blocks, row) => {
    blocks.forEach((bit, column) => {
      if (bit === 1) context.fillRect(column * wide, row * high, wide, high);
    });
  });
}

function drawBars(context: Easel["context"]): void {
  const left = FLASH_EDGE * 2;
  const wide = (WIDTH - 2 * left) / BARS.length;
  BARS.forEach((colour, index) => {
    context.fillStyle = colour;
    context.fillRect(left + index * wide, BARS_TOP - 24, wide, 40);
  });
}

/** A hand that turns once a second: where it stands says whether the picture moves, and how smoothly. */
function drawHand({ context }: Easel, palette: Palette, frame: number): void {
  const [x, y, radius] = [1010, 340, 170];
  const turn = ((frame % FRAMES_PER_S) / FRAMES_PER_S) * 2 * Math.PI;
  const up = -Math.PI / 2;
  context.fillStyle = palette.deep;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = palette.mark;
  context.beginPath();
  context.moveTo(x, y);
  context.arc(x, y, radius - 16, up, up + turn);
  context.closePath();
  context.fill();
  if (flashes(frame)) {
    context.fillStyle = "#ffffff";
    context.beginPath();
    context.arc(x, y, radius - 16, 0, 2 * Math.PI);
    context.fill();
  }
  context.strokeStyle = "#ffffff";
  context.lineWidth = 6;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + Math.cos(up + turn) * (radius - 16), y + Math.sin(up + turn) * (radius - 16));
  context.stroke();
}

function drawWords({ context, label }: Easel, palette: Palette, drawn_ms: number): void {
  const at = new Date(drawn_ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  context.textBaseline = "alphabetic";
  context.fillStyle = palette.mark;
  context.font = `700 112px ${FACE}`;
  context.fillText(label, 88, 270, 640);
  context.fillStyle = "#ffffff";
  context.font = `600 120px ${MONO}`;
  context.fillText(clock, 82, 420, 640);
  context.font = `500 44px ${MONO}`;
  context.fillText(`.${String(at.getMilliseconds()).padStart(3, "0")}`, 88, 490);
  context.fillStyle = palette.mark;
  context.fillText(at.toISOString().slice(0, 10), 240, 490);
}
