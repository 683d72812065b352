// Reads damaged files in a process of its own: {index} in, {index, outcome} or {index, finding} out. The parent kills it
// when one takes too long, and starts another when it died.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { damagedCase } from "./cases.mjs";
import { seedsOf } from "./kinds.mjs";
import { READERS } from "./readers.mjs";

const [kind, seed, folder] = process.argv.slice(2);
const own = join(folder, "own");
await mkdir(own, { recursive: true });
const seeds = await seedsOf(kind, own);
for (const [i, { files }] of seeds.entries()) {
  await mkdir(join(folder, `whole-${i}`), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, `whole-${i}`, name), bytes);
}

/** What the reader says of a folder with this damaged file; {finding} where it says something that must not be. */
async function outcome(index, replacement) {
  const { which, bytes } = damagedCase(seeds, kind, seed, index, replacement);
  const chosen = seeds[which];
  const path = join(folder, "case");
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  for (const [name, whole] of Object.entries(chosen.files))
    await writeFile(join(path, name), name === chosen.damaged ? bytes : whole);
  try {
    return { outcome: await READERS[chosen.read](path, chosen, bytes, join(folder, `whole-${which}`)) };
  } catch (error) {
    return { finding: String(error?.stack ?? error), damaged: chosen.damaged };
  }
}

let stray = null;
process.on("unhandledRejection", (error) => {
  stray = `an unhandled rejection: ${error?.stack ?? error}`;
});
process.on("message", async ({ index, replacement }) => {
  const result = await outcome(index, replacement);
  await new Promise((resolve) => setImmediate(resolve));
  process.send({ index, ...(stray === null ? result : { finding: stray }) });
  stray = null;
});
process.send({ ready: true, seeds: seeds.length });
