// Set-up of a checkout: npm packages, the engines' wheels in a shared cache, the native modules, TypeScript.
// Plain JavaScript on Node alone. Every step is skipped when its result is already there.
// SSLMEM_ENGINES=tensorflow or =torch brings one engine only; without it, what --engines names, else both.
// --torch-root DIR (or SSLMEM_TORCH_ROOT) takes an installed PyTorch 2.11 instead of the wheel; where that one is for CUDA,
// the torch engine is built for NVIDIA GPUs, unless SSLMEM_CUDA=off.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cmakeOptions, libtorch } from "./setup/libtorch.mjs";
import { hashOf, root } from "./setup/paths.mjs";
import { probe, run, SetupError } from "./setup/process.mjs";
import { buildTensorflowBinding, compiler } from "./setup/tensorflow-binding.mjs";
import { wheel, wheelVersion } from "./setup/wheel.mjs";

const say = (text) => console.error(`set-up: ${text}`);

function checkTools() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Expected Node 20.19 or newer but this is ${process.versions.node}.`);
  }
  for (const [program, args] of [
    ["python3", ["-m", "pip", "--version"]],
    [compiler(), ["--version"]],
    ["cmake", ["--version"]],
  ]) {
    if (probe(program, args) === null)
      throw new SetupError(`Expected ${program} ${args.join(" ")} to work but it does not.`);
  }
}

async function npmPackages() {
  const marker = join(root, "node_modules", ".sslmem-lock");
  const key = hashOf([readFileSync(join(root, "package-lock.json"))]);
  if (existsSync(marker) && readFileSync(marker, "utf8") === key) return;
  say("installing npm packages");
  // Not `npm ci`: it refuses a lock file written without download hosts, whose platform packages carry no version.
  await run("npm", ["install", "--ignore-scripts", "--no-save", "--package-lock=true"], { cwd: root });
  writeFileSync(marker, key);
}

const ENGINES = ["tensorflow", "torch"];
const TORCH_MODULE = join(root, "build", "Release", "sslmem_torch.node");

const FLAGS = ["--engines", "--torch-root"];

/** What follows each flag. Leaves with 2 for an argument that is not known and a flag without a value. */
function argumentsOf(argv) {
  const refuse = (sentence) => {
    console.error(`set-up: ${sentence}`);
    process.exit(2);
  };
  const given = {};
  for (let i = 0; i < argv.length; i += 2) {
    const [flag, value] = [argv[i], argv[i + 1]];
    if (!FLAGS.includes(flag)) refuse(`Expected ${FLAGS.join(" or ")} but received "${flag}".`);
    if (!value || value.startsWith("--")) refuse(`Expected a value after ${flag}.`);
    given[flag] = value;
  }
  return given;
}
const given = argumentsOf(process.argv.slice(2));

function enginesWanted() {
  const wanted = (process.env.SSLMEM_ENGINES || given["--engines"] || ENGINES.join(","))
    .split(",")
    .map((name) => name.trim());
  const unknown = wanted.find((name) => !ENGINES.includes(name));
  if (unknown !== undefined)
    throw new SetupError(
      `Expected tensorflow, torch or both in SSLMEM_ENGINES or --engines but received "${unknown}".`,
    );
  // What is there is kept up to date: an old torch engine beside a new program would be taken by `--engine auto`.
  const isLeftOver = !process.env.SSLMEM_ENGINES && !wanted.includes("torch") && existsSync(TORCH_MODULE);
  return isLeftOver ? [...wanted, "torch"] : wanted;
}

async function tensorflow() {
  const home = join(await wheel("tensorflow-cpu", say), "tensorflow");
  const version = wheelVersion("tensorflow-cpu");
  return {
    id: `tensorflow-cpu-${version}`,
    version,
    flavour: "cpu",
    lib: home,
    include: join(home, "include"),
    libraries: ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"],
  };
}

/** @param torch what to build the torch engine against, or null */
async function addon(torch) {
  const which = torch === null ? "" : ` and the torch engine${torch.cuda ? " for NVIDIA GPUs" : ""}`;
  say(`building the addon${which}${torch === null ? "" : " (some minutes the first time)"}`);
  const cmake = (command) => run(join(root, "node_modules", ".bin", "cmake-js"), command, { cwd: root });
  // Not `compile`: it keeps an existing configuration whatever the option says, and answers an error of the compiler
  // with a second build without it.
  await cmake(["configure", ...cmakeOptions(torch)]);
  await cmake(["build"]);
  if (torch !== null && !existsSync(TORCH_MODULE))
    throw new SetupError(
      "Expected the build to make the torch engine but it did not.",
      "rm -r build, and again",
    );
}

async function main() {
  checkTools();
  await npmPackages();
  const engines = enginesWanted();
  if (engines.includes("tensorflow")) await buildTensorflowBinding(await tensorflow(), { say });
  await addon(engines.includes("torch") ? await libtorch(given["--torch-root"], say) : null);
  say("compiling TypeScript");
  await run(join(root, "node_modules", ".bin", "tsc"), ["-p", "tsconfig.json"], { cwd: root });
  say("done");
}

main().catch((error) => {
  console.error(
    error instanceof SetupError
      ? `set-up: ${error.message}${error.hint ? `\nTry: ${error.hint}` : ""}`
      : error,
  );
  process.exitCode = 1;
});
