/**
 * Chooses what is sent: camera and microphone, the microphone alone, a screen, or the test picture.
 * It never sends; the capture does as it is told. The green room shows it, and the live studio folded away.
 */
import { Icon, type IconName } from "../parts/icon";
import { studioWords as words } from "../words/en/studio";
import type { Capture, Device, Input } from "./capture";

const INPUTS: readonly { input: Input; icon: IconName }[] = [
  { input: "camera", icon: "camera" },
  { input: "microphone", icon: "mic" },
  { input: "screen", icon: "screen" },
  { input: "test", icon: "picture" },
];

export function InputChoice({ capture }: { capture: Capture }) {
  const input = capture.input.value;
  const fault = capture.fault.value;
  return (
    <fieldset class="inputs">
      <legend class="label">{words.input.legend}</legend>
      <div class="segments">
        {INPUTS.map((one) => (
          <label key={one.input} class={input === one.input ? "choice segment chosen" : "choice segment"}>
            <input
              type="radio"
              name="input"
              value={one.input}
              checked={input === one.input}
              onChange={() => void capture.choose(one.input)}
            />
            <Icon name={one.icon} />
            <span>{words.input[one.input]}</span>
          </label>
        ))}
      </div>
      {input === "camera" ? (
        <DeviceChoice
          id="camera"
          name={words.input.camera_device}
          devices={capture.cameras.value}
          chosen={capture.camera.value}
          onChoose={(camera) => void capture.choose("camera", { camera })}
        />
      ) : null}
      {input !== null && input !== "test" ? (
        <DeviceChoice
          id="microphone"
          name={words.input.microphone_device}
          devices={capture.microphones.value}
          chosen={capture.microphone.value}
          onChoose={(microphone) => void capture.choose(input, { microphone })}
        />
      ) : null}
      {input === "test" ? <p class="soft small">{words.input.test_text}</p> : null}
      <p class="fault" role="alert" hidden={fault === null}>
        {fault === null ? "" : words.fault[fault]}
      </p>
      {fault === null || input === null ? null : (
        <button type="button" class="button" onClick={() => void capture.choose(input)}>
          {words.try_again}
        </button>
      )}
    </fieldset>
  );
}

function DeviceChoice(props: {
  id: string;
  name: string;
  devices: readonly Device[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  if (props.devices.length === 0) return null;
  return (
    <div class="field">
      <label for={props.id}>{props.name}</label>
      <select
        id={props.id}
        class="input"
        value={props.chosen ?? props.devices[0]?.id ?? ""}
        onChange={(change) => props.onChoose(change.currentTarget.value)}
      >
        {props.devices.map((device, index) => (
          <option key={device.id} value={device.id}>
            {device.label || words.input.unnamed(props.name, index + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}
