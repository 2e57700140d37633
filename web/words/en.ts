// Every word that the shared parts and the attendee's page say, in English. Pages of staff keep theirs beside this file.
// Order of a sentence: what happens to you, why, what is being done. It never blames and never says "oops".

export const words = {
  theme: {
    system: "Colours: as your system. Switch to light",
    light: "Colours: light. Switch to dark",
    dark: "Colours: dark. Switch to your system's",
  },
} as const;
