// The options of gpu-check.sh; its --help describes them.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

export const STAGES = [
  "facts",
  "build",
  "native",
  "conformance",
  "kernels",
  "alignment",
  "views",
  "agreement",
  "graphs",
  "nvjpeg",
  "bench",
  "proof",
];
/** Seconds that a stage may take. The proof takes what it needs, and goes on where it was. */
const LIMITS = { build: 900, bench: 900, conformance: 300, native: 600, proof: 6 * 3600 };
const OTHERS = 240;

export class UsageError extends Error {}

/** @param {string[]} argv @returns settings with nothing left open. Throws UsageError. */
export function optionsOf(argv, env = process.env) {
  const names = ["root", "tree", "device", "out", "pack", "work", "only", "skip", "python", "torch-root"];
  const more = ["nvcc", "seconds", "limit", "proof", "epochs"];
  const options = Object.fromEntries([...names, ...more].map((name) => [name, { type: "string" }]));
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options, strict: true }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  const number = (name, otherwise) => {
    const value = values[name] === undefined ? otherwise : Number(values[name]);
    if (value === undefined || value > 0) return value;
    throw new UsageError(`Expected a number above 0 for --${name} but received "${values[name]}".`);
  };
  const list = (name) => {
    const stages = values[name]?.split(",").map((stage) => stage.trim());
    const unknown = stages?.find((stage) => !STAGES.includes(stage));
    if (unknown === undefined) return stages;
    throw new UsageError(`Expected stages of ${STAGES.join(", ")} for --${name} but received "${unknown}".`);
  };
  const device = values.device ?? "cuda:0";
  if (!/^(cpu|cuda:\d+)$/.test(device))
    throw new UsageError(`Expected cuda:N or cpu for --device but received "${device}".`);
  if (values.proof !== undefined && !existsSync(values.proof))
    throw new UsageError(`Expected a folder for --proof but there is nothing at ${values.proof}.`);
  const only = list("only");
  const skip = list("skip") ?? [];
  const dry = device === "cpu";
  // What needs a GPU, whatever is asked for.
  const impossible = [...(dry ? ["graphs", "nvjpeg"] : []), ...(values.proof === undefined ? ["proof"] : [])];
  const always = ["facts", "build"];
  const limit = number("limit");
  return {
    root: values.root,
    tree: values.tree,
    device,
    dry,
    python: values.python ?? "python3",
    torchRoot: values["torch-root"],
    nvcc: values.nvcc,
    proof: values.proof && resolve(values.proof),
    epochs: number("epochs", 100),
    seconds: number("seconds", dry ? 1 : 20),
    out: resolve(values.out ?? join(env.OUT || join(values.root ?? ".", "build"), "gpu-check.json")),
    stages: STAGES.filter(
      (stage) =>
        always.includes(stage) ||
        ((only ?? STAGES).includes(stage) && !skip.includes(stage) && !impossible.includes(stage)),
    ),
    limitOf: (stage) => limit ?? LIMITS[stage] ?? OTHERS,
  };
}
