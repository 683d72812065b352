import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { NpyWriter, npyHeader } from "../../src/files/npy.js";

test("the header is NumPy's: magic, version, length, dictionary, data at a multiple of 64", (t) => {
  for (const shape of [[3], [2, 3, 4, 5, 3], [100000, 10, 224, 224, 3]]) {
    const header = npyHeader(shape);
    t.is(header.length % 64, 0);
    t.is(header.subarray(0, 8).toString("latin1"), "\u0093NUMPY\u0001\u0000");
    t.is(header.readUInt16LE(8), header.length - 10);
    t.is(header.at(-1), 0x0a);
    const tuple = shape.length === 1 ? "(3,)" : `(${shape.join(", ")})`;
    t.true(header.toString("latin1").includes(`'shape': ${tuple}`));
  }
});

test("values arrive as written, and a wrong number of them leaves no file", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sslmem-npy-"));
  const path = join(folder, "a.npy");
  const writer = await NpyWriter.create(path, [2, 2]);
  await writer.append(Float32Array.of(1, -2.5));
  await writer.append(Float32Array.of(0, 3e-9));
  await writer.close();
  const bytes = await readFile(path);
  t.deepEqual(
    [...new Float32Array(new Uint8Array(bytes.subarray(-16)).buffer)],
    [...Float32Array.of(1, -2.5, 0, 3e-9)],
  );
  const short = await NpyWriter.create(join(folder, "b.npy"), [3]);
  await short.append(Float32Array.of(1));
  await t.throwsAsync(short.close(), { instanceOf: RangeError });
  await t.throwsAsync(readFile(join(folder, "b.npy")));
});

test("an array may end with fewer rows than it was begun for: its header says so", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sslmem-npy-"));
  const path = join(folder, "a.npy");
  // Its header takes 64 bytes more than that of three rows.
  const long = [10 ** 9, 1, 1, 1, 1, 1, 1, 2];
  while (npyHeader(long).length === npyHeader([3, ...long.slice(1)]).length) long.splice(1, 0, 1);
  for (const [rows, ...rest] of [[4, 2], long] as [number, ...number[]][]) {
    const writer = await NpyWriter.create(path, [rows, ...rest]);
    await writer.append(Float32Array.of(1, 2, 3, 4));
    await writer.append(Float32Array.of(5, 6));
    await writer.close(3);
    const bytes = await readFile(path);
    t.is(bytes.length, npyHeader([rows, ...rest]).length + 24);
    t.is(bytes.readUInt16LE(8), bytes.length - 24 - 10);
    t.true(bytes.toString("latin1").includes(`'shape': (${[3, ...rest].join(", ")})`));
    t.is(bytes.at(-25), 0x0a);
    t.deepEqual([...new Float32Array(new Uint8Array(bytes.subarray(-24)).buffer)], [1, 2, 3, 4, 5, 6]);
  }
  const wrong = await NpyWriter.create(join(folder, "b.npy"), [3, 2]);
  await wrong.append(Float32Array.of(1, 2));
  await t.throwsAsync(wrong.close(2), { instanceOf: RangeError });
});
