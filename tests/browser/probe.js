// Runs in a page before its own scripts, and sees what a person would: every picture painted on a visible canvas, with
// what its strip of blocks says (docs/test-picture.md), and every beep that leaves the sound worklet.
// It reads the picture itself, so it can't be told anything by the code under test.
(() => {
  const COLUMNS = 32;
  const ROWS = 2;
  const SHARE = 0.1;
  const SCALE = 3;
  const NAMES = { 1: "main", 2: "standby", 3: "slate", 4: "replay" };
  const small = new OffscreenCanvas(COLUMNS * SCALE, ROWS * SCALE);
  const pen = small.getContext("2d", { willReadFrequently: true });
  const paint = CanvasRenderingContext2D.prototype.drawImage;
  const smallPaint = OffscreenCanvasRenderingContext2D.prototype.drawImage;
  let paints = [];
  let beeps = [];
  let contexts = [];

  function bits() {
    const pixels = pen.getImageData(0, 0, small.width, small.height).data;
    const level = (row, column) => pixels[((row * SCALE + 1) * small.width + column * SCALE + 1) * 4 + 1];
    const white = Math.min(level(0, 0), level(1, 1));
    const black = Math.max(level(0, 1), level(1, 0));
    if (white - black < 64) return null;
    const found = [];
    for (let row = 0; row < ROWS; row += 1)
      for (let column = 2; column < COLUMNS; column += 1) found.push(level(row, column) > (white + black) / 2 ? 1 : 0);
    return found;
  }

  function stamp() {
    const found = bits();
    if (!found) return null;
    let word = "";
    for (let digit = 0; digit < 15; digit += 1)
      word += found.slice(digit * 4, digit * 4 + 4).reduce((value, bit) => value * 2 + bit, 0).toString(16);
    let check = 0;
    for (const digit of word.slice(0, 12)) check = (check * 31 + Number.parseInt(digit, 16) + 7) % 4093;
    if (check.toString(16).padStart(3, "0") !== word.slice(12)) return null;
    return { source: NAMES[Number.parseInt(word[0], 16)] ?? "other", at: Number.parseInt(word.slice(1, 12), 16) };
  }

  CanvasRenderingContext2D.prototype.drawImage = function (image, ...rest) {
    const result = paint.call(this, image, ...rest);
    const moving = typeof VideoFrame !== "undefined" && image instanceof VideoFrame;
    if (moving && this.canvas.isConnected) {
      const now = performance.timeOrigin + performance.now();
      const { width, height } = this.canvas;
      smallPaint.call(pen, this.canvas, 0, 0, width, height * SHARE, 0, 0, small.width, small.height);
      const read = stamp();
      paints.push({ now, source: read?.source ?? null, at: read?.at ?? null, width, height });
      if (paints.length > 20000) paints = paints.slice(-10000);
    }
    return result;
  };

  // The ear: a worklet of its own behind each of the page's worklets, in the same context. It marks the first sample of
  // every beep on the context's clock; outputLatency then says when a person hears it.
  const EAR = `registerProcessor("ear", class extends AudioWorkletProcessor {
    constructor() { super(); this.quiet = 0; this.heard = 0; }
    process([input]) {
      const samples = input[0];
      let peak = 0;
      if (samples) for (let i = 0; i < samples.length; i += 1) {
        const level = Math.abs(samples[i]);
        if (level > peak) peak = level;
        if (level > 0.05) {
          if (this.quiet > sampleRate * 0.3) this.port.postMessage({ beep: currentTime + i / sampleRate });
          this.quiet = 0;
        } else this.quiet += 1;
      } else this.quiet += 128;
      this.heard = Math.max(this.heard * 0.99, peak);
      if ((this.count = (this.count ?? 0) + 1) % 40 === 0) this.port.postMessage({ level: this.heard });
      return true;
    }
  });`;
  const RealNode = window.AudioWorkletNode;
  let level = 0;
  if (RealNode) {
    window.AudioWorkletNode = class extends RealNode {
      constructor(context, name, options) {
        super(context, name, options);
        if (name === "ear") return;
        contexts.push(context);
        const url = URL.createObjectURL(new Blob([EAR], { type: "text/javascript" }));
        context.audioWorklet.addModule(url).then(() => {
          const ear = new RealNode(context, "ear", { numberOfOutputs: 1 });
          ear.port.onmessage = ({ data }) => {
            if (data.level !== undefined) level = data.level;
            if (data.beep === undefined) return;
            const heard = performance.now() + (data.beep - context.currentTime + context.outputLatency) * 1000;
            beeps.push(performance.timeOrigin + heard);
            if (beeps.length > 2000) beeps = beeps.slice(-1000);
          };
          this.connect(ear);
          ear.connect(context.destination);
        });
      }
    };
  }

  window.__probe = {
    reset() { paints = paints.slice(-1); beeps = []; },
    report() {
      const now = performance.timeOrigin + performance.now();
      const times = paints.map((p) => p.now);
      let gap = 0;
      let gap_at = 0;
      for (let i = 1; i < times.length; i += 1) if (times[i] - times[i - 1] > gap) { gap = times[i] - times[i - 1]; gap_at = times[i]; }
      // How long pictures have been coming without a hitch.
      let calm = times.length ? now - times[0] : 0;
      for (let i = 1; i < times.length; i += 1) if (times[i] - times[i - 1] > 200) calm = now - times[i];
      if (times.length && now - times[times.length - 1] > 200) calm = 0;
      const last = paints[paints.length - 1] ?? null;
      const since = last ? now - last.now : null;
      const cuts = [];
      for (const p of paints) if (p.source && p.source !== cuts[cuts.length - 1]?.source) cuts.push({ source: p.source, now: p.now });
      const delays = paints.filter((p) => p.at).map((p) => p.now - p.at).sort((a, b) => a - b);
      // How late the sound of each beep was, against how late pictures were around that moment.
      const behind = beeps.flatMap((heard) => {
        const near = paints.filter((p) => p.at && Math.abs(p.now - heard) < 500).map((p) => p.now - p.at).sort((a, b) => a - b);
        return near.length < 5 ? [] : [(heard % 1000) - near[Math.floor(near.length / 2)]];
      });
      const at = (share) => delays.length ? delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] : null;
      return {
        now, count: paints.length, source: last?.source ?? null, last, since, gap, gap_at, calm, cuts,
        unread: paints.filter((p) => !p.source).length,
        delay_p50: at(0.5), delay_p95: at(0.95), beeps, behind, level,
        contexts: contexts.map((c) => ({ state: c.state, latency: c.outputLatency })),
      };
    },
  };
})();
