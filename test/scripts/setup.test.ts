// What set-up says to arguments that it does not know: before it installs or builds anything.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";

const script = fileURLToPath(new URL("../../../scripts/setup.mjs", import.meta.url));

for (const [args, sentence] of [
  [["--gpu"], 'Expected --engines or --torch-root but received "--gpu".'],
  [["torch"], 'Expected --engines or --torch-root but received "torch".'],
  [["--engines"], "Expected a value after --engines."],
  [["--engines", "--torch-root", "folder"], "Expected a value after --engines."],
  [["--engines", "torch", "--torch-root", ""], "Expected a value after --torch-root."],
] as const) {
  test(`set-up refuses ${args.join(" ")}`, (t) => {
    const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
    t.is(status, 2);
    t.is(stderr, `set-up: ${sentence}\n`);
  });
}
