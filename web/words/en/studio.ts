// Every word of the studio, in English.
// Order of a sentence: what happens to you, why, what is being done.

import type { RungKind } from "../../wire/message";

const rungThere: Record<RungKind, string> = {
  main: "the main camera",
  standby: "the second camera",
  audio: "sound only",
  replay: "the replay",
  slate: "the slate with text questions",
  backup_room: "the backup room",
};

const forceText: Record<RungKind, string> = {
  main: "Everyone is cut to the main camera at once, if it sends.",
  standby: "Everyone is cut to the second camera at once, if it sends.",
  audio: "Everyone loses the picture at once and goes on hearing you.",
  replay: "Everyone is shown the replay at once.",
  slate: "Everyone loses picture and sound at once, and reads the plan's words and the questions.",
  backup_room: "Everyone is moved to the backup room within seconds, and all who left an address are mailed its link.",
};

export const studioWords = {
  page: { main: "Studio", standby: "Backup studio" },
  page_title: (event: string) => `${event} · Studio`,

  air: {
    ready: { word: "Green room", text: "Nobody sees or hears you yet." },
    connecting: { word: "Connecting", text: "Your picture is on its way to the server." },
    waiting: { word: "Ready", text: "Your picture arrives. The event is about to begin." },
    on_air: { word: "On air", text: "Your audience sees and hears you." },
    sound_only: { word: "On air, sound only", text: "Your audience hears you and does not see you." },
    backup: { word: "Backup", text: "You are the backup: not on air. You are cut to if the main camera fails." },
    off_programme: { word: "Not on air", text: "Your picture arrives, but your audience is elsewhere now." },
    paused: { word: "Break", text: "Nobody sees or hears you." },
    lost: {
      word: "Connection lost",
      text: "Your picture does not arrive any more. Connecting again by another way; you need do nothing.",
    },
    following: { word: "Moving", text: "The audience moves to another room. Your picture is following." },
    retrying: { word: "Connection lost", text: "Your picture does not arrive: no server answers." },
    refused: { word: "Not sent", text: "Your picture was not accepted." },
    ended: { word: "Ended", text: "The event has ended. Nobody sees or hears you." },
  },
  elsewhere: (rung: RungKind) => `Your picture arrives, but your audience is on ${rungThere[rung]} now.`,
  soon: "Your picture arrives. You come on air as soon as it has been good for a moment.",
  elsewhere_returns: "They come back to you when it has been good for a while.",
  elsewhere_pinned: "They stay there until you let the plan decide.",
  live_without_you: (rung: RungKind) => `The event is live on ${rungThere[rung]}, without you.`,
  live_from_elsewhere: "The event is live on the main camera, which is not sent from this page.",
  trying_in: (seconds: number) => (seconds <= 0 ? "Trying again now." : `Trying again in ${seconds} s.`),
  try_now: "Try now",

  refusal: {
    source_taken: {
      main: "Somebody else is sending as the main camera. Close the other studio, or open this one as the backup.",
      standby: "Somebody else is sending as the backup. Close the other studio first.",
    },
    token: "Your link has expired or is not valid here. Ask whoever made the event for a new one.",
    forbidden: "Your link does not allow sending as this source.",
    not_found: "The server knows no such event or source. Check the link.",
    other: (code: string) => `The server refused it (${code}). Try again, or try another browser.`,
  },
  try_again: "Try again",

  preview: {
    title: "Your preview",
    label: "Preview of your own picture",
    none: "No picture chosen yet",
    starting: "Starting…",
    sound_only: "No picture: sound only",
  },
  back: {
    title: "As viewers see it",
    label: "The programme, as your viewers get it",
    nothing: "Nothing on air",
    no_webcodecs: "This browser cannot show it. Your audience is not affected.",
  },

  input: {
    legend: "What you send",
    change: "Change camera or sound",
    camera: "Camera",
    screen: "Screen",
    test: "Test picture",
    microphone: "Sound only",
    camera_device: "Camera",
    microphone_device: "Microphone",
    unnamed: (kind: string, number: number) => `${kind} ${number}`,
    screen_choose: "Choose what to share",
    test_text: "A picture with a clock, a flash and a tone each second, for trying things out.",
    mute: "Turn microphone off",
    unmute: "Turn microphone on",
  },
  fault: {
    denied:
      "The browser did not let us use it. Allow camera and microphone for this page in the address bar, then try again.",
    denied_screen: "No screen was chosen.",
    none: "No camera or microphone was found. Plug one in, or send the test picture.",
    no_camera: "No camera was found: your audience will only hear you. Plug one in, or send the test picture.",
    no_microphone: "No microphone was found: your audience will not hear you.",
    busy: "Another program holds the camera or the microphone. Close it, then try again.",
    insecure: "The browser gives cameras to secure pages only. Open this page over https.",
    ended: "The camera or screen stopped giving a picture. Choose again.",
    failed: "The camera or the microphone could not be started.",
  },
  level: {
    name: "Level of your sound",
    quiet: "Nothing heard",
    good: "Heard well",
    loud: "Too loud",
    off: "Microphone off",
    none: "No sound",
  },

  others: {
    title: "What the others will see",
    title_row: "Title",
    host_row: "Host",
    picture_row: "Picture",
    sound_row: "Sound",
    people_row: "In the room",
    picture: (width: number, height: number) => `${width} × ${height}, up to 30 a second`,
    no_picture: "None",
    sound: "Yes",
    no_sound: "None",
  },

  go_live: "Go live",
  go_live_text: "Your audience sees and hears you at once.",
  go_live_late: "You come on air as soon as your picture has been good for a moment.",
  go_live_taken: "The main camera is already on air from elsewhere. Close it there before you send from here.",
  start_sending: "Start sending",
  start_sending_text: "It is a break: your audience sees and hears you once you are back on air.",
  stand_by: "Stand by as backup",
  stand_by_text: "Your picture waits at the server. Nobody sees it unless the main camera fails.",
  need_picture: "Choose a picture first.",
  open_doors: "Open the doors",
  open_doors_text: "People can come in and chat before you begin.",
  stop_standing_by: "Stop standing by",
  take_break: "Break…",
  end: "End…",
  begin: "Begin the event",
  resume: "Back on air",
  resume_text: "Your audience waits. It sees you again at once.",
  resume_elsewhere_text: "You send nothing from here: your audience sees whatever else is sent.",

  ask_break: {
    title: "Take a break?",
    text: "Picture and sound stop for everyone, and they read when you are back. Chat stays open.",
    what_next: "What comes next (optional)",
    placeholder: "Back at 20:15 with part two",
    confirm: "Take a break",
  },
  ask_end: {
    title: "End the event?",
    text: (people: string) => `Picture and sound stop for good, for ${people}. It cannot be taken back.`,
    confirm: "End the event",
  },
  ask_stop: {
    title: "Stop standing by?",
    text: "The event loses its second camera. If the main one fails, the audience gets sound or the slate.",
    confirm: "Stop",
  },

  ask_stop_on_air: {
    title: "Stop? You are on air.",
    text: "Your audience sees and hears you now. It is carried to the next rung of the plan: sound, or the slate.",
    confirm: "Stop",
  },

  lamps: "At a glance",
  lamp: {
    names: { picture: "Picture", sound: "Sound", audience: "Audience" },
    not_sent: { word: "Not sent yet", detail: "" },
    connecting: { word: "Connecting", detail: "" },
    refused: { word: "Not accepted", detail: "See above." },
    not_arriving: { word: "Not arriving", detail: "Being connected again." },
    picture: {
      good: "Arriving well",
      none: { word: "None", detail: "You send sound only." },
      measuring: { word: "Arriving", detail: "Measuring…" },
      failed: "Not good enough for the audience",
      suspect: "In doubt",
      stuck: "Hardly moving",
      lossy: (loss: number) => `Losing ${Math.round(loss * 100)} % on the way`,
      limited: { cpu: "Made smaller: this computer is busy", bandwidth: "Made smaller: your line is narrow" },
      detail: (height: number | null, frames: number, mbit: number) =>
        `${height === null ? "" : `${height}p, `}${frames} a second, ${mbit.toFixed(1)} Mbit/s`,
    },
    sound: {
      good: { word: "Heard", detail: "" },
      none: { word: "None", detail: "You send no sound." },
      muted: { word: "Microphone off", detail: "Nobody hears you." },
      listening: { word: "Listening", detail: "" },
      silent: "Nothing heard from you",
      silent_for: (seconds: number) => `For ${Math.floor(seconds)} s.`,
    },
    audience: {
      unknown: { word: "Not known yet", detail: "" },
      nobody: "Nobody is watching yet",
      fine: (viewers: number) => `${viewers.toLocaleString("en")} watching, all fine`,
      trouble: (viewers: number, stalled: number) =>
        `${viewers.toLocaleString("en")} watching, ${stalled.toLocaleString("en")} ${stalled === 1 ? "has" : "have"} trouble`,
      here: (members: number) => `${members.toLocaleString("en")} in the room`,
    },
  },

  ladder: {
    title: "Backups",
    text: "If one fails, the audience goes to the next by itself.",
    now: "On air now",
    now_off: "Here next",
    not_armed: "The plan acts only while the event is live.",
    no_controller: "Nobody watches over the plan at the moment. Gateways still cut to the second camera by themselves.",
    waiting: "Waiting for the plan…",
    pinned: (rung: RungKind, by: string | null) => `Pinned to ${rungThere[rung]}${by === null ? "" : ` by ${by}`}`,
    vetoed: (span: string, by: string | null) => `No moves for ${span}${by === null ? "" : `, by ${by}`}`,
    incident: "An incident is open. What happened so far:",
  },
  wheel: {
    title: "Take the wheel",
    rung: "Rung",
    force: "Go there now",
    pin: "Stay there",
    veto: "No moves for 60 s",
    release: "Let the plan decide",
    sent: "Sent. The controller carries it out.",
    ask_force: (rung: RungKind) => ({
      title: `Go to ${rungThere[rung]}?`,
      text: `${forceText[rung]} The plan goes on from there: it moves down if that fails, and up again when a better one has been good for a while.`,
      confirm: "Go there now",
    }),
    ask_pin: (rung: RungKind) => ({
      title: `Stay on ${rungThere[rung]}?`,
      text: `${forceText[rung]} The room then stays there whatever happens, even if it fails, until you let the plan decide again.`,
      confirm: "Stay there",
    }),
    ask_veto: {
      title: "No moves for 60 seconds?",
      text: "The audience stays where it is, even if that fails. After 60 seconds the plan decides again by itself.",
      confirm: "No moves for 60 s",
    },
    ask_release: {
      title: "Let the plan decide?",
      text: "Whatever was pinned or held is given back. The plan may move the audience at once, if it sees a reason.",
      confirm: "Let the plan decide",
    },
  },

  questions: {
    title: (open: number) => (open === 0 ? "Questions" : `Questions, ${open} to answer`),
    slate: "Your audience has no picture and no sound: this is how they reach you.",
    none: "Nobody has asked anything yet.",
    answered: (count: number) => `${count} answered`,
  },
  chat: {
    title: "Chat",
    say: "Say something to the room",
    send: "Send",
    closed: "You are not in the room.",
  },
} as const;
