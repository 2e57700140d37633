// The pages' icons, drawn as strokes on a 24 px square in the colour of the text beside them.
// They never stand for a word alone: the control that shows one names itself.

const PATHS = {
  sound: "M4 9v6h4l5 4V5L8 9H4z M16.5 8.5a5 5 0 0 1 0 7 M19 6a8.5 8.5 0 0 1 0 12",
  muted: "M4 9v6h4l5 4V5L8 9H4z M17 9.5l5 5 M22 9.5l-5 5",
  full: "M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5",
  shrink: "M9 4v5H4 M15 4v5h5 M9 20v-5H4 M15 20v-5h5",
  picture: "M3 6h12v12H3z M15 10l6-3v10l-6-3",
  ear: "M4 18v-5a8 8 0 0 1 16 0v5 M4 14h2.500a1.500 1.500 0 0 1 1.500 1.500v3A1.500 1.500 0 0 1 6.500 20H6a2 2 0 0 1-2-2z M20 14h-2.500a1.500 1.500 0 0 0-1.500 1.500v3a1.500 1.500 0 0 0 1.500 1.500h.5a2 2 0 0 0 2-2z",
  people:
    "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z M2.500 20a6.500 6.500 0 0 1 13 0 M16 4.500a3.500 3.500 0 0 1 0 6.500 M18 14.500a6.500 6.500 0 0 1 3.500 5.500",
  tip: "M12 20.500s-8-4.700-8-10.500a4.500 4.500 0 0 1 8-2.800A4.500 4.500 0 0 1 20 10c0 5.800-8 10.500-8 10.500z",
  ask: "M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400 M12 17.500v.5 M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  send: "M4 12h14 M12 6l6 6-6 6",
  down: "M12 5v14 M6 13l6 6 6-6",
  up: "M12 19V5 M6 11l6-6 6 6",
  close: "M6 6l12 12 M18 6L6 18",
  check: "M5 12.500l4.500 4.500L19 7.500",
  warn: "M12 3.500l9.500 17h-19z M12 10v4.500 M12 17.500v.5",
  info: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z M12 11v5.500 M12 7.500v.5",
  clock: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z M12 7v5l3.500 2",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1 M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  shield: "M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6z",
  ban: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z M5.700 5.700l12.600 12.600",
  trash: "M5 7h14 M10 7V4.500h4V7 M7 7l1 12.500h8L17 7",
  undo: "M9 14L4 9l5-5 M4 9h10a6 6 0 0 1 0 12h-3",
  search: "M17 10.500a6.500 6.500 0 1 1-13 0 6.500 6.500 0 0 1 13 0z M15.500 15.500L21 21",
  camera: "M3 7h4l2-2.500h6L17 7h4v12H3z M15.500 13a3.500 3.500 0 1 1-7 0 3.500 3.500 0 0 1 7 0z",
  mic: "M12 15a3.500 3.500 0 0 0 3.500-3.500v-5a3.500 3.500 0 0 0-7 0v5A3.500 3.500 0 0 0 12 15z M5 11.500a7 7 0 0 0 14 0 M12 18.500V22",
  screen: "M3 4.500h18v12H3z M8 20.500h8 M12 16.500v4",
  pause: "M8 5v14 M16 5v14",
  stop: "M6 6h12v12H6z",
  play: "M7 4.500l12 7.500-12 7.500z",
  pin: "M9 3h6l-1 7 4 3.500H6L10 10z M12 13.500V21",
  mail: "M3 5.500h18v13H3z M3 6.500l9 6.500 9-6.500",
  sun: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z M12 2v2.500 M12 19.500V22 M2 12h2.500 M19.500 12H22 M5 5l1.700 1.700 M17.300 17.300L19 19 M19 5l-1.700 1.700 M6.700 17.300L5 19",
  moon: "M20 14.500A8.500 8.500 0 0 1 9.500 4 8.500 8.500 0 1 0 20 14.500z",
  auto: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z M12 3v18 M12 7h7.500 M12 11h9 M12 15h8.500",
  dot: "M15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
