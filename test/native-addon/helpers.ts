import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { SslMemError } from "../../src/errors.js";
import type { RandomKey } from "../../src/native/index.js";
import { purposes, randomNormal } from "../../src/native/index.js";

export const key = (sample = 0): RandomKey => ({
  seed: 17,
  purpose: purposes.evaluation,
  epoch: 0,
  sample,
  view: 0,
});

/** Standard normal numbers, the same in every run. */
export const normals = (count: number, sample = 0) => randomNormal(key(sample), new Float32Array(count));

/** The SslMemError that `promise` rejects with; fails the test if it has another code or lacks `part`. */
export async function rejects(t: ExecutionContext, promise: Promise<unknown>, code: string, part: string) {
  const error = await t.throwsAsync(promise);
  if (!(error instanceof SslMemError)) return t.fail(`received ${error} instead of an SslMemError`);
  t.is(error.code, code as typeof error.code);
  t.true(error.message.includes(part), `"${error.message}" lacks "${part}"`);
}

/** Runs an ES module in a Node of its own; `$API` and `$LOAD` stand for the compiled src/native/{index,load}.js. */
export function runScript(source: string) {
  const folder = mkdtempSync(join(tmpdir(), "sslmem-native-"));
  try {
    const file = join(folder, "script.mjs");
    const url = (name: string) =>
      JSON.stringify(new URL(`../../src/native/${name}.js`, import.meta.url).href);
    writeFileSync(file, source.replaceAll("$API", url("index")).replaceAll("$LOAD", url("load")));
    return spawnSync(process.execPath, [file], { encoding: "utf8", timeout: 120_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Image {
  height: number;
  width: number;
  pixels: Uint8Array;
}

/** A packed file, as native/core/packed_images.h describes it. */
export function packedFile(images: readonly Image[], manifestHash: Uint8Array): Buffer {
  const header = Buffer.alloc(64);
  header.write("SSLMPACK");
  header.writeUInt32LE(1, 8);
  header.writeUInt32LE(3, 12);
  header.writeBigUInt64LE(BigInt(images.length), 16);
  header.set(manifestHash, 32);
  const index = Buffer.alloc(16 * images.length);
  let offset = 64;
  images.forEach((image, slot) => {
    index.writeBigUInt64LE(BigInt(offset), 16 * slot);
    index.writeUInt32LE(image.height, 16 * slot + 8);
    index.writeUInt32LE(image.width, 16 * slot + 12);
    offset += image.pixels.length;
  });
  header.writeBigUInt64LE(BigInt(offset), 24);
  return Buffer.concat([header, ...images.map((image) => image.pixels), index]);
}
