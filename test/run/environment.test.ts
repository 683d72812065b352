import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { describeSession, earlierEngine, recordSession } from "../../src/run/environment.js";

test("what a run is computed with is what trained or scored it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sslmem-environment-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "environment.json");
  const now = { ...(await describeSession("sslmem score --run r")), started: "9" };
  t.is(await earlierEngine(path, now), null);
  let started = 0;
  const record = async (command: string, engine: string | null) =>
    recordSession(path, {
      ...now,
      started: String(started++),
      command,
      engine: engine === null ? null : { engine },
    });
  await record("sslmem localize --engine tensorflow", "tensorflow");
  t.is(await earlierEngine(path, now), null);
  await record("sslmem train data", "torch");
  await record("sslmem score", null);
  await record("sslmem localize --engine tensorflow", "tensorflow");
  await record("sslmem report", "tensorflow");
  t.deepEqual(await earlierEngine(path, now), { engine: "torch" });
  await record("a program that uses the library", "tensorflow");
  t.deepEqual(await earlierEngine(path, now), { engine: "tensorflow" });
  await record("sslmem audit data", "torch");
  t.deepEqual(await earlierEngine(path, now), { engine: "torch" });
  await recordSession(path, { ...now, engine: { engine: "tensorflow" } });
  t.deepEqual(await earlierEngine(path, now), { engine: "torch" }); // this command's own entry is not an earlier one
});
