import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import type { SourceKind } from "../types.js";
import { bytesOf, filesIn, type RecordFile, RecordSource } from "./raw.js";

const STRIDE = 96 * 96 * 3;

/** STL-10, binary version: train_X.bin and test_X.bin with train_y.bin and test_y.bin beside them. */
export const stl10: SourceKind = {
  kind: "stl10",
  summary: "STL-10, binary version (train and test images)",
  matches: async (data) => (await filesIn(data)).includes("train_X.bin"),
  async open(root) {
    const names = await filesIn(root);
    const files: RecordFile[] = [];
    for (const part of ["train", "test"] as const) {
      const file = `${part}_X.bin`;
      if (!names.includes(file)) continue;
      const { size } = await stat(join(root, file));
      if (size === 0 || size % STRIDE !== 0) {
        throw new SslMemError(
          "DATA",
          `Expected a multiple of ${STRIDE} bytes in ${join(root, file)} but it has ${size}.`,
        );
      }
      const count = size / STRIDE;
      const labels = names.includes(`${part}_y.bin`) ? await bytesOf(root, `${part}_y.bin`) : null;
      if (labels !== null && labels.length !== count) {
        throw new SslMemError(
          "DATA",
          `Expected ${count} labels in ${part}_y.bin but it has ${labels.length}.`,
        );
      }
      files.push({
        ...{
          file,
          part,
          header: 0,
          stride: STRIDE,
          pixels: 0,
          width: 96,
          height: 96,
          channels: 3,
          count,
          order: "columns",
        },
        labels: (n) => (labels === null ? null : (labels[n] as number) - 1),
      });
    }
    const named = names.includes("class_names.txt");
    const labelNames = named
      ? (await bytesOf(root, "class_names.txt")).toString("utf8").trim().split(/\s+/)
      : null;
    return new RecordSource(
      "stl10",
      root,
      labelNames ?? Array.from({ length: 10 }, (_, i) => String(i)),
      files,
    );
  },
};
