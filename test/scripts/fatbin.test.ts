// What says for which GPUs a library has code, on bytes laid out as nvcc lays them out; scripts/ci-cuda.mjs asks it of real ones.
import { fileURLToPath, pathToFileURL } from "node:url";
import test from "ava";

const script = fileURLToPath(new URL("../../../scripts/setup/fatbin.mjs", import.meta.url));
const { architecturesIn } = await import(pathToFileURL(script).href);

const [PTX, MACHINE_CODE] = [1, 2];

function entry(kind: number, architecture: number, size: number): Buffer {
  const bytes = Buffer.alloc(64 + size, 0xff);
  bytes.writeUInt16LE(kind, 0);
  bytes.writeUInt32LE(64, 4);
  bytes.writeBigUInt64LE(BigInt(size), 8);
  bytes.writeUInt32LE(architecture, 28);
  return bytes;
}

function fatBinary(...entries: Buffer[]): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(Buffer.concat(entries).length), 8);
  return Buffer.concat([header, ...entries]);
}

test("each fat binary has its architectures, wherever it lies; PTX is no machine code", (t) => {
  const both = fatBinary(entry(MACHINE_CODE, 90, 40), entry(MACHINE_CODE, 80, 8));
  const one = fatBinary(entry(PTX, 90, 24), entry(MACHINE_CODE, 80, 16));
  const around = Buffer.alloc(37, 1);
  t.deepEqual(architecturesIn(Buffer.concat([around, both, around, one, around])), [[80, 90], [80]]);
});

test("a file without one has none, nor has the magic number alone", (t) => {
  const magic = Buffer.from([0x50, 0xed, 0x55, 0xba]);
  t.deepEqual(architecturesIn(Buffer.alloc(100)), []);
  t.deepEqual(architecturesIn(Buffer.concat([magic, Buffer.alloc(100)])), []);
  t.deepEqual(architecturesIn(magic), []);
});
