// Damaged files of every kind that sslmem reads, in processes that are watched; see --help.
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { damagedCase } from "./fuzz/cases.mjs";
import { throughCommandLine } from "./fuzz/command-line.mjs";
import { KINDS, seedsOf } from "./fuzz/kinds.mjs";
import { root } from "./setup/paths.mjs";

const HELP = `node scripts/fuzz.mjs [--kind KIND …] [--count N] [--cli N] [--seed S] [--only I] [--keep DIR] [--replay]
  --kind   ${KINDS.join(", ")}; all of them by default
  --count  damaged files in all, read in process (10000)
  --cli    how many more of them go through the command line (200)
  --seed   the files are a function of kind, seed and number (1)
  --only   this number of each kind alone: how a finding is repeated
  --keep   folder for the files that were found (a new one under the temporary folder)
  --replay first the files of test/fuzz/corpus, which were findings once
Every file is to be read or refused within ${"10 s"}: an error with a sentence that names it, or exactly what was written.
Ends with "N passed, M failed" and exit status 1 if one failed.`;

/** A file that has not been read by then hangs. */
const LIMIT_MS = 10_000;
/** Relative to 1: kinds that are slow to read, or have little that can be damaged, get fewer files. */
const SHARE = {
  part: 0.6,
  manifest: 0.4,
  split: 0.4,
  checkpoint: 0.7,
  stl10: 0.3,
  cifar: 0.5,
  runfile: 0.7,
  pack: 0.6,
  gif: 0.5,
  tiff: 0.5,
  avif: 0.3,
  listing: 0.2,
};

const { values } = parseArgs({
  options: {
    kind: { type: "string", multiple: true },
    count: { type: "string", default: "10000" },
    cli: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    keep: { type: "string" },
    replay: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const kinds = values.kind ?? KINDS;
const unknown = kinds.find((kind) => !KINDS.includes(kind));
if (unknown !== undefined) {
  console.error(`Expected one of ${KINDS.join(", ")} for --kind but received "${unknown}".`);
  process.exit(2);
}

const work = mkdtempSync(join(tmpdir(), "sslmem-fuzz-"));
let keep = values.keep;
let passed = 0;
let failed = 0;
const seen = new Map();

/** Keeps the file and says how to see it again. */
function report(kind, index, { damaged, read }, bytes, finding) {
  failed++;
  keep ??= mkdtempSync(join(tmpdir(), "sslmem-fuzz-findings-"));
  const folder = join(keep, `${kind}-${values.seed}-${index}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, damaged), bytes);
  const was = finding.split("\n")[0];
  // As test/fuzz/corpus has it.
  const replacement = { was, damaged, read, bytes: gzipSync(bytes).toString("base64") };
  writeFileSync(join(folder, "case.json"), `${JSON.stringify(replacement, null, 2)}\n`);
  // The same words about another file are counted, not printed.
  const words = `${kind} ${was.replace(/\d+|\/\S+|"[^"]*"/g, "…")}`;
  const before = seen.get(words) ?? 0;
  seen.set(words, before + 1);
  if (before > 0) return;
  const again =
    typeof index === "number"
      ? `node scripts/fuzz.mjs --kind ${kind} --seed ${values.seed} --cli 0 --only ${index}`
      : "--replay";
  console.log(
    `   FOUND ${kind} ${index}: ${finding.split("\n").slice(0, 4).join("\n     ")}\n     ${join(folder, damaged)}; ${again}`,
  );
}

/** Reads the cases of a kind one after the other; {accepted, refused, found}. */
async function inProcess(kind, cases) {
  const folder = join(work, kind);
  mkdirSync(join(folder, "seeds"), { recursive: true });
  const seeds = await seedsOf(kind, join(folder, "seeds"));
  const counts = { accepted: 0, refused: 0, found: 0 };
  let child = null;
  for (const one of cases) {
    child ??= await started(kind, folder);
    const result = await asked(child, one);
    if (result.died) child = null;
    if (result.finding === undefined) counts[result.outcome]++;
    else {
      counts.found++;
      const { which, bytes } = damagedCase(seeds, kind, values.seed, one.index, one.replacement);
      report(kind, one.index, seeds[which], bytes, result.finding);
    }
  }
  child?.disconnect();
  passed += counts.accepted + counts.refused;
  return counts;
}

function started(kind, folder) {
  return new Promise((resolve, reject) => {
    const child = fork(new URL("./fuzz/child.mjs", import.meta.url), [kind, values.seed, folder], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: ["--max-old-space-size=1024"],
    });
    child.once("message", () => {
      child.removeAllListeners("exit");
      resolve(child);
    });
    child.once("exit", (code) =>
      reject(new Error(`the process that reads ${kind} ended with ${code} before it began`)),
    );
  });
}

function asked(child, one) {
  return new Promise((resolve) => {
    const done = (result) => {
      clearTimeout(timer);
      child.removeAllListeners("message");
      child.removeAllListeners("exit");
      resolve(result);
    };
    const timer = setTimeout(() => {
      child.removeAllListeners("exit");
      child.kill("SIGKILL");
      done({ died: true, finding: `not read within ${LIMIT_MS / 1000} s` });
    }, LIMIT_MS);
    child.once("message", done);
    child.once("exit", (code, signal) =>
      done({ died: true, finding: `the process ended with ${signal ?? code}` }),
    );
    child.send(one);
  });
}

/** Former findings of a kind: test/fuzz/corpus/KIND/NAME.json is {was, damaged, read, bytes} (cases.mjs). */
function corpus(kind) {
  const folder = join(root, "test", "fuzz", "corpus", kind);
  let names = [];
  try {
    names = readdirSync(folder).sort();
  } catch {}
  return names.map((name) => ({
    index: name,
    replacement: JSON.parse(readFileSync(join(folder, name), "utf8")),
  }));
}

const total = kinds.reduce((sum, kind) => sum + (SHARE[kind] ?? 1), 0);
try {
  for (const kind of kinds) {
    const began = performance.now();
    const share = (SHARE[kind] ?? 1) / total;
    const count = Math.ceil(Number(values.count) * share);
    const numbered =
      values.only === undefined
        ? Array.from({ length: count }, (_, index) => ({ index }))
        : [{ index: Number(values.only) }];
    const old = values.replay ? corpus(kind) : [];
    const { accepted, refused, found } = await inProcess(kind, [...old, ...numbered]);
    const line = await throughCommandLine(
      kind,
      values.only === undefined ? Math.ceil(Number(values.cli) * share) : 0,
      values.seed,
      join(work, kind),
      report,
    );
    passed += line.tried - line.found;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(
      `${kind.padEnd(12)} ${String(old.length + numbered.length).padStart(5)} files: ${refused} refused, ${accepted} accepted, ${found} found; ${line.tried} by command line, ${line.found} found; ${seconds} s`,
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const [words, times] of seen) if (times > 1) console.log(`   ${times} times: ${words}`);
if (keep !== undefined && failed > 0) console.log(`kept in ${keep}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
