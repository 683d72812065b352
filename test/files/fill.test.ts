import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { fill } from "../../src/files/index.js";

test("a read is filled by as many as the system makes of it, beyond 4 GiB, and ends with the file", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sslmem-fill-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = await open(join(folder, "sparse"), "w+");
  t.teardown(() => file.close());
  const far = 5 * 2 ** 30 + 3;
  await file.write(Buffer.from("abcdef"), 0, 6, far);
  // What a network's file system does: three bytes at once, at most.
  const slow = new Proxy(file, {
    get: (target, key) =>
      key !== "read"
        ? Reflect.get(target, key)
        : (bytes: Uint8Array, at: number, length: number, position: number) =>
            target.read(bytes, at, Math.min(length, 3), position),
  });
  for (const handle of [file, slow]) {
    const bytes = Buffer.alloc(8, "-");
    t.is(await fill(handle, bytes.subarray(0, 5), far + 1), 5);
    t.is(bytes.toString(), "bcdef---");
    t.is(await fill(handle, bytes, far + 2), 4);
    t.is(await fill(handle, bytes, far + 6), 0);
    t.is(await fill(handle, bytes.subarray(0, 0), 0), 0);
  }
});
