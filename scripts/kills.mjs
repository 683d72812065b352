#!/usr/bin/env node
// The small audit of image files is killed at random moments, again and again, until it has ended by itself: the same command
// then has the same bits as an audit that nobody disturbed. SIGKILL at as many moments as are asked for, and in addition, after
// every second one, a signal that can be heard.
//   node scripts/kills.mjs [--engine E] [--moments 100] [--seed S] [--jobs 2] [--out FILE]
// Only kills that landed count. Ends with "N passed, N failed".
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { checkKept, commandsOf, imageFolder, randomFrom, sslmem, workspace } from "./faults/commands.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "tensorflow" },
    moments: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    out: { type: "string" },
  },
});
const MOST_KILLS = 3; // of one audit, before it is left to end
const HEARD = [["SIGTERM"], ["SIGINT"], ["SIGINT", "SIGTERM"]];
/** The signals to come, in turn; what had no audit to hit goes back. */
const open = Array.from({ length: Number(values.moments) }, (_, i) =>
  i % 2 === 0 ? [["SIGKILL"]] : [["SIGKILL"], HEARD[((i - 1) / 2) % HEARD.length]],
).flat();
const work = mkdtempSync(join(tmpdir(), "sslmem-kills-"));
const { args: line, made } = commandsOf(values.engine, await imageFolder(join(work, "images"))).audit;
const args = line.filter((word) => word !== "--no-progress");

const reference = workspace(join(work, "reference"));
const whole = await sslmem(reference, args);
if (whole.code !== 0) throw new Error(`the audit fails undisturbed: ${whole.stderr}`);
checkKept(reference);
const expected = JSON.stringify(await made(reference));
const random = randomFrom(Number(values.seed));
let [passed, failed] = [0, 0];
const counts = {};
const stages = {};

/** One audit with its kills. */
async function attempt(slot) {
  const folder = workspace(join(work, `slot-${slot}`));
  const kills = [];
  const faults = [];
  while (kills.length < MOST_KILLS && open.length > 0) {
    const way = open.shift();
    const after = 1000 * whole.seconds * random();
    const { code, signal, stderr } = await sslmem(folder, args, {}, async (child) => {
      await Promise.race([setTimeout(after), new Promise((ends) => child.on("close", ends))]);
      for (const name of way) child.kill(name);
    });
    if (code === 0) {
      open.unshift(way);
      break; // it had ended before
    }
    counts[way.join()] = (counts[way.join()] ?? 0) + 1;
    const stage =
      stderr
        .trim()
        .split("\n")
        .findLast((text) => /^(?!sslmem|Try|Run|Engine).*( …$|: )/.test(text))
        ?.replace(/( …|:.*)$/, "") ?? "start";
    stages[stage] = (stages[stage] ?? 0) + 1;
    kills.push({ way, after: Math.round(after), code, signal, stage });
    // A signal that comes before Node listens ends it as any program.
    const expects = { SIGKILL: [null], SIGTERM: [143, null], SIGINT: [130, null] };
    const statuses = way.flatMap((name) => expects[name]);
    if (!statuses.includes(code))
      faults.push(`${way.join()} while ${stage}: exit ${code}: ${stderr.slice(-300)}`);
  }
  const last = await sslmem(folder, args);
  if (last.code !== 0)
    faults.push(`afterwards: exit ${last.code ?? last.signal}: ${last.stderr.slice(-400)}`);
  else {
    const bits = JSON.stringify(await made(folder));
    if (bits !== expected) faults.push(`other bits: ${bits} in place of ${expected}`);
  }
  if (faults.length > 0) failed += kills.length;
  else passed += kills.length;
  if (faults.length > 0) console.log(`FAILED ${JSON.stringify(kills)}\n  ${faults.join("\n  ")}`);
  if (values.out) appendFileSync(values.out, `${JSON.stringify({ kills, faults })}\n`);
}

await Promise.all(
  Array.from({ length: Number(values.jobs) }, async (_, slot) => {
    while (open.length > 0) await attempt(slot);
  }),
);
console.log(
  `signals: ${Object.entries(counts)
    .map(([way, n]) => `${way} ${n}`)
    .join(", ")}`,
);
console.log(
  `killed while: ${Object.entries(stages)
    .map(([stage, n]) => `${stage} ${n}`)
    .join(", ")}`,
);
console.log(`${passed} passed, ${failed} failed`);
rmSync(work, { recursive: true, force: true });
process.exit(failed > 0 || passed === 0 || counts.SIGKILL !== Number(values.moments) ? 1 : 0);
