import { readFileSync } from "node:fs";

/** The float32 values of a .npy file and its shape. */
export function readNpy(path: string): { shape: number[]; values: Float32Array } {
  const bytes = readFileSync(path);
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.subarray(10, 10 + headerLength).toString("latin1");
  const shape = (header.match(/\(([\d, ]+)\)/)?.[1] ?? "").split(",").map(Number);
  return { shape, values: new Float32Array(Uint8Array.from(bytes.subarray(10 + headerLength)).buffer) };
}
