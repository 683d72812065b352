import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import type { SourceKind } from "../types.js";
import { bytesOf, filesIn, type RecordFile, RecordSource } from "./raw.js";

const IMAGES = /^(.*)-images[-.]idx3-ubyte(\.gz)?$/;

/** The MNIST family: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, t10k or test likewise, gzip or not. */
export const idx: SourceKind = {
  kind: "idx",
  summary: "IDX files (MNIST, Fashion-MNIST, KMNIST, EMNIST), gzip or not",
  matches: async (data) => (await filesIn(data)).some((name) => IMAGES.test(name)),
  async open(root) {
    const names = await filesIn(root);
    const files: RecordFile[] = [];
    let classes = 0;
    let labelled = true;
    for (const file of names.filter((name) => IMAGES.test(name))) {
      const bytes = await bytesOf(root, file);
      if (bytes.length < 16 || bytes.readUInt32BE(0) !== 0x803) {
        throw new SslMemError(
          "DATA",
          `Expected an IDX file of uint8 images at ${join(root, file)} but its header is another.`,
        );
      }
      const [count, height, width] = [4, 8, 12].map((at) => bytes.readUInt32BE(at)) as [
        number,
        number,
        number,
      ];
      const stride = height * width;
      if (stride === 0 || bytes.length !== 16 + count * stride) {
        throw new SslMemError(
          "DATA",
          `Expected ${16 + count * stride} bytes in ${join(root, file)} but it has ${bytes.length}.`,
        );
      }
      const stem = IMAGES.exec(file)?.[1] as string;
      const beside = names.find((name) => name.replace(/\.gz$/, "").startsWith(`${stem}-labels`));
      const labels = beside === undefined ? null : (await bytesOf(root, beside)).subarray(8);
      if (labels !== null && labels.length !== count) {
        throw new SslMemError(
          "DATA",
          `Expected ${count} labels in ${join(root, beside as string)} but it has ${labels.length}.`,
        );
      }
      if (labels === null) labelled = false;
      else for (const label of labels) classes = Math.max(classes, label + 1);
      files.push({
        ...{ file, part: /t10k|test/.test(stem) ? "test" : "train", header: 16, stride, pixels: 0 },
        ...{ width, height, channels: 1, count, order: "planar", labels: (n) => labels?.[n] ?? null },
      });
    }
    files.sort((a, b) => Number(a.part === "test") - Number(b.part === "test"));
    const labelNames = labelled && classes > 0 ? Array.from({ length: classes }, (_, i) => String(i)) : null;
    return new RecordSource("idx", root, labelNames, files);
  },
};
