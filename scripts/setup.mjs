// Set-up of a checkout: npm packages, TensorFlow's wheel in a shared cache, both native modules, TypeScript.
// Plain JavaScript on Node alone. Every step is skipped when its result is already there.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { withLock } from "./setup/lock.mjs";
import { cacheRoot, hashOf, root } from "./setup/paths.mjs";
import { probe, run, SetupError } from "./setup/process.mjs";
import { buildTensorflowBinding, compiler } from "./setup/tensorflow-binding.mjs";

const TENSORFLOW = "2.21.0";
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
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

/** Unpacks what is linked and compiled against from TensorFlow's wheel into the cache that checkouts share. */
async function tensorflow() {
  const home = join(cacheRoot(), `tensorflow-cpu-${TENSORFLOW}`);
  const library = {
    id: `tensorflow-cpu-${TENSORFLOW}`,
    version: TENSORFLOW,
    flavour: "cpu",
    lib: join(home, "tensorflow"),
    include: join(home, "tensorflow", "include"),
    libraries: LIBRARIES,
  };
  if (existsSync(home)) return library;
  mkdirSync(cacheRoot(), { recursive: true });
  await withLock(join(cacheRoot(), "tensorflow.lock"), async () => {
    if (existsSync(home)) return;
    const work = mkdtempSync(join(cacheRoot(), "unpack-"));
    try {
      say(`fetching tensorflow-cpu ${TENSORFLOW} with pip (274 MB)`);
      const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
      const target = [
        "--python-version",
        "3.12",
        "--implementation",
        "cp",
        "--abi",
        "cp312",
        "--platform",
        `manylinux_2_27_${arch}`,
      ];
      await run("python3", [
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        ...target,
        "-d",
        work,
        `tensorflow-cpu==${TENSORFLOW}`,
      ]);
      const wheel = readdirSync(work).find((name) => name.endsWith(".whl"));
      say("unpacking it");
      const code =
        "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\n" +
        "z.extractall(sys.argv[2],[n for n in z.namelist() if n.startswith('tensorflow/include/') or n.startswith('tensorflow/libtensorflow_')])";
      await run("python3", ["-c", code, join(work, wheel), join(work, "out")]); // zipfile checks every CRC
      for (const name of LIBRARIES) statSync(join(work, "out", "tensorflow", name));
      renameSync(join(work, "out"), home);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return library;
}

async function addon() {
  say("building the addon");
  await run(join(root, "node_modules", ".bin", "cmake-js"), ["compile"], { cwd: root });
}

async function main() {
  checkTools();
  await npmPackages();
  await buildTensorflowBinding(await tensorflow(), { say });
  await addon();
  await run(join(root, "node_modules", ".bin", "tsc"), ["-p", "tsconfig.json"], { cwd: root });
}

main().catch((error) => {
  console.error(
    error instanceof SetupError
      ? `set-up: ${error.message}${error.hint ? `\nTry: ${error.hint}` : ""}`
      : error,
  );
  process.exitCode = 1;
});
