// Four pages, one build: each page is an html file beside this one, built with its parts into the gateway's static folder.
import { defineConfig } from "vitest/config";

const page = (name: string): string => new URL(`./${name}.html`, import.meta.url).pathname;

export default defineConfig({
  base: "/static/",
  build: {
    outDir: "../liveserver/static",
    emptyOutDir: true,
    target: "es2022",
    // A data: url would need a looser Content-Security-Policy than the pages have.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        attendee: page("attendee"),
        studio: page("studio"),
        desk: page("desk"),
        ops: page("ops"),
      },
    },
  },
  worker: { format: "es" },
  test: { include: ["**/*.test.ts", "**/*.test.tsx"], environment: "node" },
});
