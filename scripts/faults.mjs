#!/usr/bin/env node
// Every write-like call of a small audit, and of the other verbs that write, fails once, in turn. For each: the command ends
// with a documented exit code and one sentence, or goes on; the same command afterwards makes what an undisturbed one makes.
//   node scripts/faults.mjs [--engine E] [--sample N] [--only audit,embed] [--jobs 2] [--out FILE]
// Without --sample all calls: first one of each kind (function and file), then the last of each, then the rest, since many are
// chunks of one array; so a search that is stopped has tried every kind. --out: a JSON line for each; those that stand in it
// are not tried again. Ends with "N passed, N failed".
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkKept, commandsOf, DOCUMENTED, imageFolder, sslmem, workspace } from "./faults/commands.mjs";
import { buildShim, FAULTS, faulty } from "./faults/shim.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "tensorflow" },
    sample: { type: "string" },
    only: { type: "string" },
    jobs: { type: "string", default: "2" },
    out: { type: "string" },
    keep: { type: "boolean" },
  },
});
const work = mkdtempSync(join(tmpdir(), "sslmem-faults-"));
const library = buildShim(work);
const commands = commandsOf(values.engine, await imageFolder(join(work, "images")));
const chosen = values.only?.split(",") ?? Object.keys(commands);
const before = new Set();
if (values.out && existsSync(values.out))
  for (const line of readFileSync(values.out, "utf8").trim().split("\n")) {
    const { engine, command, fault, number, ok, hit } = JSON.parse(line);
    if (ok && hit !== null) before.add([engine, command, fault, number].join());
  }

const pathsOf = (folder) => ["run", "out", "cache", "tmp"].map((name) => join(folder, name));

/** How many calls there are that can fail, how many that can be cut short, and of which kind each is, by its number. */
function callsOf(log, folder) {
  const text = existsSync(log) ? readFileSync(log, "utf8") : "";
  const last = /^calls (\d+) writes (\d+)$/m.exec(text);
  const kinds = { EIO: new Map(), SHORT: new Map() };
  // A file is written under a temporary name: it is known by what that becomes.
  let becomes = "";
  for (const [, number, write, name, path] of [
    ...text.matchAll(/^call (\d+) (\d+) (\S+) (.+)$/gm),
  ].reverse()) {
    const file = path
      .replace(folder, "")
      .replace(/\.sslmem-\S+\.tmp$/, "*.tmp")
      .replace(/[0-9a-f]{8,}|\d+/g, "#");
    if (name.startsWith("rename")) becomes = file;
    const kind = `${name} ${file} ${file.endsWith(".tmp") ? becomes : ""}`.trim();
    kinds.EIO.set(Number(number), kind);
    if (Number(write) > 0) kinds.SHORT.set(Number(write), kind);
  }
  return { EIO: Number(last?.[1] ?? 0), SHORT: Number(last?.[2] ?? 0), kinds };
}

/** Tasks in the order in which they say most: one of each kind first, then the last of each, then the rest. */
function mostTellingFirst(tasks) {
  const places = new Map();
  for (const task of tasks) {
    const { calls } = references[task.command];
    const kind = calls.kinds[task.fault === "SHORT" ? "SHORT" : "EIO"].get(task.number);
    const key = `${task.command} ${task.fault === "SHORT"} ${kind}`;
    if (!places.has(key)) places.set(key, []);
    places.get(key).push(task);
  }
  const rank = new Map();
  for (const same of places.values())
    for (const [i, task] of same.entries()) rank.set(task, i === 0 ? 0 : i === same.length - 1 ? 1 : 2);
  return { kinds: places.size, tasks: tasks.toSorted((a, b) => rank.get(a) - rank.get(b)) };
}

/** The undisturbed command: the workspace that it starts from, what it makes, and how many calls it has of each mode. */
const references = {};
async function reference(name) {
  if (references[name]) return references[name];
  const { needs, args, made } = commands[name];
  const start = needs === null ? null : (await reference(needs)).folder;
  const folder = workspace(join(work, `reference-${name}`), start);
  const log = join(work, `count-${name}`);
  const result = await sslmem(
    folder,
    args,
    faulty(library, { paths: pathsOf(folder), number: 0, fault: "EIO", log }),
  );
  if (result.code !== 0) throw new Error(`${name} fails undisturbed (${result.code}): ${result.stderr}`);
  const calls = callsOf(log, folder);
  if (calls.EIO === 0) throw new Error(`no write-like call of ${name} was seen: is the library preloaded?`);
  if (name === "audit") checkKept(folder);
  references[name] = { folder, start, made: JSON.stringify(await made(folder, result.stdout)), calls };
  return references[name];
}

/** One call fails: what is wrong then, null if nothing, and what was done. */
async function attempt(slot, { command, fault, number }) {
  const { args, made } = commands[command];
  const { start, made: expected } = references[command];
  const folder = workspace(join(work, `slot-${slot}`), start);
  const log = join(work, `log-${slot}`);
  rmSync(log, { force: true });
  const first = await sslmem(folder, args, faulty(library, { paths: pathsOf(folder), number, fault, log }));
  const hit =
    /^fails (.+)$/m.exec(existsSync(log) ? readFileSync(log, "utf8") : "")?.[1]?.replace(folder, "") ?? null;
  const faults = [];
  if (first.signal !== null || !DOCUMENTED.includes(first.code))
    faults.push(`exit ${first.code ?? first.signal}`);
  if (/this is a bug|\n\s+at .*:\d+:\d+/.test(first.stderr)) faults.push("called a bug");
  if (first.code !== 0 && !/^sslmem: [^\n]+\.$/m.test(first.stderr)) faults.push("no sentence");
  if (first.code === 0 && JSON.stringify(await made(folder, first.stdout)) !== expected)
    faults.push("exit 0, other bits");
  const again = await sslmem(folder, args);
  if (again.code !== 0) faults.push(`again: exit ${again.code ?? again.signal}: ${again.stderr.slice(-400)}`);
  else {
    const bits = await Promise.resolve(made(folder, again.stdout)).then(JSON.stringify, String);
    if (bits !== expected) faults.push(`again: other bits: ${bits} in place of ${expected}`);
  }
  const said = first.stderr.split("\n").filter((line) => /^(sslmem|Try):/.test(line));
  return { hit, code: first.code, said, faults };
}

/** Numbers 1 … n, or some of them, evenly spread and not the same ones for every command. */
function spread(n, count, offset) {
  if (count >= n) return Array.from({ length: n }, (_, i) => i + 1);
  return Array.from({ length: count }, (_, i) => 1 + Math.floor(((i + offset) * n) / count));
}

let [passed, failed, missed] = [0, 0, 0];
const hits = new Map(chosen.map((command) => [command, 0]));
const plan = [];
let total = 0;
for (const [i, command] of chosen.entries()) {
  const { calls } = await reference(command);
  console.log(`${command}: ${calls.EIO} write-like calls, ${calls.SHORT} of them writes`);
  total += calls.EIO;
  plan.push({ command, calls, i });
}
const sample = values.sample === undefined ? Number.POSITIVE_INFINITY : Number(values.sample);
const tasks = plan.flatMap(({ command, calls, i }) => {
  // The audit has half of a sample; the others share the rest.
  const share = Math.max(
    1,
    Math.round(command === "audit" ? sample / 2 : sample / 2 / Math.max(1, plan.length - 1)),
  );
  const errors = spread(calls.EIO, share, (i % 5) / 5).map((number) => ({
    command,
    fault: FAULTS[number % 5],
    number,
  }));
  const cut = spread(calls.SHORT, Math.ceil(share / 8), (i % 3) / 3).map((number) => ({
    command,
    fault: "SHORT",
    number,
  }));
  return [...errors, ...cut];
});
const ordered = mostTellingFirst(tasks);
console.log(`${tasks.length} faults of ${ordered.kinds} kinds`);
const open = ordered.tasks.filter(
  ({ command, fault, number }) => !before.has([values.engine, command, fault, number].join()),
);
passed += tasks.length - open.length;
for (const task of tasks) if (!open.includes(task)) hits.set(task.command, hits.get(task.command) + 1);
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async (_, slot) => {
    for (let task = open.shift(); task !== undefined; task = open.shift()) {
      const result = await attempt(slot, task);
      const ok = result.faults.length === 0;
      if (result.hit !== null) hits.set(task.command, hits.get(task.command) + 1);
      if (!ok) failed++;
      else if (result.hit === null) missed++;
      else passed++;
      if (!ok)
        console.log(
          `FAILED ${task.command}, call ${task.number} (${result.hit}) with ${task.fault}: ${result.faults.join("; ")}\n  ${result.said.join("\n  ")}`,
        );
      if (values.out)
        appendFileSync(values.out, `${JSON.stringify({ engine: values.engine, ...task, ok, ...result })}\n`);
    }
  }),
);
for (const [command, count] of hits)
  if (count === 0) {
    failed++;
    console.log(`FAILED ${command}: no fault fired`);
  }
console.log(
  `${tasks.length - missed} faults fired among ${total} write-like calls, ${missed} never did, ${values.engine} engine`,
);
console.log(`${passed} passed, ${failed} failed`);
if (!values.keep) rmSync(work, { recursive: true, force: true });
process.exit(failed > 0 || passed === 0 ? 1 : 0);
