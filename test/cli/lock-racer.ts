// One of many processes that reach for the same run. Arguments: run directory, ms to go on, a pid that is free.
// Whoever has the lock makes a folder that only one can make; sometimes it leaves a lock of a dead process behind.
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SslMemError } from "../../src/errors.js";
import { ownerHere } from "../../src/files/index.js";
import { lockRun } from "../../src/run/lock.js";

const [root, ms, dead] = process.argv.slice(2) as [string, string, string];
const end = Date.now() + Number(ms);
let held = 0;
while (Date.now() < end) {
  try {
    const lock = await lockRun(root, null);
    held += 1;
    await mkdir(join(root, "critical"));
    await setTimeout(5 * Math.random());
    await rmdir(join(root, "critical"));
    if (Math.random() < 0.5) {
      const owner = { ...ownerHere(), pid: Number(dead), started: "1", host: hostname() };
      await writeFile(join(root, ".locks", "run.lock"), JSON.stringify(owner));
    }
    await lock.release();
  } catch (error) {
    if (!(error instanceof SslMemError)) throw error;
  }
  await setTimeout(20 * Math.random());
}
process.stdout.write(`${held}\n`);
