import { ON_GPUS } from "../text/on-gpus.js";
import { integer, oneOf, orNull, text, toggle } from "./kinds.js";
import { setting } from "./setting.js";

/** Where the work is done. */
export const machineSettings = {
  engine: setting({
    kind: text("an engine"),
    default: "auto",
    describe: "Engine that runs the encoders; auto is torch where it is built",
    group: "Machine",
    step: "train",
    registry: "engines",
  }),
  device: setting({
    kind: text("auto, cpu, cuda:N or several of these"),
    default: "auto",
    describe:
      "auto, cpu, cuda:N, or cuda:0,cuda:1,… for scoring on each (auto: on all GPUs); training takes the first",
    group: "Machine",
    step: null,
  }),
  precision: setting({
    kind: oneOf(["auto", "fp32", "tf32", "bf16"]),
    default: "auto",
    describe: "Precision of training and of the encoders; auto is bf16 where it is multiplied natively",
    group: "Machine",
    step: "train",
  }),
  deterministic: setting({
    kind: toggle(),
    default: false,
    describe: "Only kernels that give the same bits every time (torch; on a CPU all of them do)",
    group: "Machine",
    step: "train",
  }),
  decode: setting({
    kind: oneOf(["auto", "sharp", "nvjpeg"]),
    default: "auto",
    describe: `Who decodes JPEG files for a GPU (torch engine, --no-cache-images): nvJPEG's pixels differ by a level or two; auto is sharp, since the other ${ON_GPUS}`,
    group: "Machine",
    step: "train",
  }),
  cudaGraphs: setting({
    kind: oneOf(["auto", "off", "on"]),
    default: "auto",
    describe: `Start a training step on a GPU as one CUDA graph (torch engine); auto is off, since it ${ON_GPUS}`,
    group: "Machine",
    step: null,
  }),
  threads: setting({
    kind: orNull(integer(1, 4096), "all"),
    default: null,
    describe: "Threads of the image work",
    group: "Machine",
    step: null,
  }),
  workers: setting({
    kind: orNull(integer(1, 1024), "auto"),
    default: null,
    describe: "Workers that score; auto is one per device",
    group: "Machine",
    step: null,
  }),
};
