/**
 * Gets the picture and the sound that the host chooses: camera and microphone, the microphone alone, a screen, or the test picture.
 * It never sends them anywhere; what it could not get it says as a code. The studio's page drives it.
 */
import { type Signal, signal } from "@preact/signals";
import { type TestPicture, testPicture } from "../publish/testpicture/testpicture";

export type Input = "camera" | "microphone" | "screen" | "test";
export type CaptureFault =
  | "denied"
  | "denied_screen"
  | "none"
  | "no_camera"
  | "no_microphone"
  | "busy"
  | "insecure"
  | "ended"
  | "failed";

export interface Device {
  readonly id: string;
  readonly label: string;
}

const VIDEO: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};
const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Capture {
  readonly input: Signal<Input | null> = signal(null);
  readonly stream: Signal<MediaStream | null> = signal(null);
  readonly fault: Signal<CaptureFault | null> = signal(null);
  readonly busy = signal(false);
  readonly muted = signal(false);
  readonly cameras: Signal<readonly Device[]> = signal([]);
  readonly microphones: Signal<readonly Device[]> = signal([]);
  readonly camera: Signal<string | null> = signal(null);
  readonly microphone: Signal<string | null> = signal(null);

  readonly #source: string;
  readonly #label: string;
  #test: TestPicture | null = null;
  #asked = 0;

  /** `source` and `label` are what the test picture says that it is. */
  constructor(source: string, label: string) {
    this.#source = source;
    this.#label = label;
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.#list());
  }

  /** Another kind of input. The one before goes on until the new one is there, and if it does not come. */
  async choose(input: Input, { camera = this.camera.value, microphone = this.microphone.value } = {}): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const before = this.input.value;
    this.input.value = input;
    this.camera.value = camera;
    this.microphone.value = microphone;
    this.busy.value = true;
    this.fault.value = null;
    try {
      const taken = input === "test" ? this.#testStream() : await this.#taken(input);
      if (asked === this.#asked) this.#use(taken, input);
      else stopAll(taken);
    } catch (fault) {
      if (asked === this.#asked) this.#stay(faultOf(fault, input), before);
    } finally {
      if (asked === this.#asked) this.busy.value = false;
    }
    await this.#list();
  }

  mute(muted: boolean): void {
    this.muted.value = muted;
    for (const track of this.stream.value?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  stop(): void {
    this.#asked += 1;
    this.#release();
    this.stream.value = null;
    this.input.value = null;
    this.busy.value = false;
  }

  #stay(fault: CaptureFault, before: Input | null): void {
    this.fault.value = fault;
    if (this.stream.value?.getTracks().some((track) => track.readyState === "live")) {
      this.input.value = before;
      return;
    }
    this.#release();
    this.stream.value = null;
  }

  #use(stream: MediaStream, input: Input): void {
    const before = this.stream.value;
    this.stream.value = stream;
    if (before !== null) stopAll(before, stream);
    if (input !== "test") this.#test?.stop();
    if (input !== "test") this.#test = null;
    for (const track of stream.getAudioTracks()) track.enabled = !this.muted.value;
    for (const track of stream.getVideoTracks()) {
      track.contentHint = input === "screen" ? "detail" : "motion";
      track.addEventListener("ended", () => {
        if (this.stream.value === stream) this.fault.value = "ended";
      });
    }
    const settings = stream.getVideoTracks()[0]?.getSettings();
    if (input === "camera") this.camera.value = settings?.deviceId ?? this.camera.value;
    this.microphone.value = stream.getAudioTracks()[0]?.getSettings().deviceId ?? this.microphone.value;
  }

  #testStream(): MediaStream {
    this.#test ??= testPicture(this.#source, this.#label);
    return this.#test.stream;
  }

  async #taken(input: Exclude<Input, "test">): Promise<MediaStream> {
    if (navigator.mediaDevices === undefined) throw new DOMException("", "SecurityError");
    const sound = device(AUDIO, this.microphone.value);
    if (input === "microphone") return await navigator.mediaDevices.getUserMedia({ audio: sound });
    if (input === "screen") {
      const screen = await navigator.mediaDevices.getDisplayMedia({ video: VIDEO, audio: false });
      return joined(screen, await this.#either(null, sound));
    }
    const both = { video: device(VIDEO, this.camera.value), audio: sound };
    try {
      return await navigator.mediaDevices.getUserMedia(both);
    } catch (fault) {
      if (!(fault instanceof DOMException)) throw fault;
      if (fault.name === "NotReadableError" && this.stream.value !== null) {
        // A phone opens one camera at a time: let go of the one in use.
        this.#release();
        return await navigator.mediaDevices.getUserMedia(both);
      }
      if (!/NotFound|Overconstrained/.test(fault.name)) throw fault;
      // One of the two is not there: go on with the other, and say so.
      const [picture, voice] = [await this.#either(VIDEO, null), await this.#either(null, AUDIO)];
      if (picture === null && voice === null) throw fault;
      if (picture === null) this.fault.value = "no_camera";
      else if (voice === null) this.fault.value = "no_microphone";
      return joined(picture ?? new MediaStream(), voice);
    }
  }

  async #either(video: MediaTrackConstraints | null, audio: MediaTrackConstraints | null): Promise<MediaStream | null> {
    try {
      return await navigator.mediaDevices.getUserMedia({ video: video ?? false, audio: audio ?? false });
    } catch {
      return null;
    }
  }

  async #list(): Promise<void> {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const named = (kind: MediaDeviceKind): Device[] =>
      devices
        .filter((one) => one.kind === kind && one.deviceId !== "")
        .map((one) => ({ id: one.deviceId, label: one.label }));
    this.cameras.value = named("videoinput");
    this.microphones.value = named("audioinput");
  }

  #release(): void {
    if (this.stream.value !== null) stopAll(this.stream.value);
    this.#test?.stop();
    this.#test = null;
  }
}

function device(wanted: MediaTrackConstraints, id: string | null): MediaTrackConstraints {
  return id === null ? wanted : { ...wanted, deviceId: { ideal: id } };
}

function joined(first: MediaStream, second: MediaStream | null): MediaStream {
  return new MediaStream([...first.getTracks(), ...(second?.getTracks() ?? [])]);
}

function stopAll(stream: MediaStream, but: MediaStream | null = null): void {
  const kept = new Set(but?.getTracks() ?? []);
  for (const track of stream.getTracks()) if (!kept.has(track)) track.stop();
}

function faultOf(fault: unknown, input: Input): CaptureFault {
  if (!(fault instanceof DOMException)) return "failed";
  switch (fault.name) {
    case "NotAllowedError":
      return input === "screen" ? "denied_screen" : "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "SecurityError":
      return "insecure";
    default:
      return "failed";
  }
}
