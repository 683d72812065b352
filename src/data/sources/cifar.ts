import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import type { SourceKind } from "../types.js";
import { bytesOf, filesIn, type RecordFile, RecordSource } from "./raw.js";

const PIXELS = 32 * 32 * 3;

/** CIFAR-10 (data_batch_1.bin …, test_batch.bin) and CIFAR-100 (train.bin, test.bin), binary version. */
export const cifar: SourceKind = {
  kind: "cifar",
  summary: "CIFAR-10 or CIFAR-100, binary version",
  async matches(data) {
    const files = await filesIn(data);
    return (
      files.includes("data_batch_1.bin") ||
      (files.includes("train.bin") && files.includes("fine_label_names.txt"))
    );
  },
  async open(root) {
    const names = await filesIn(root);
    const ten = names.includes("data_batch_1.bin");
    const labelBytes = ten ? 1 : 2;
    const stride = labelBytes + PIXELS;
    const files: RecordFile[] = [];
    for (const file of names.filter((name) =>
      (ten ? /^(data_batch_\d+|test_batch)\.bin$/ : /^(train|test)\.bin$/).test(name),
    )) {
      const bytes = await bytesOf(root, file);
      if (bytes.length === 0 || bytes.length % stride !== 0) {
        throw new SslMemError(
          "DATA",
          `Expected a multiple of ${stride} bytes in ${join(root, file)} but it has ${bytes.length}.`,
        );
      }
      const count = bytes.length / stride;
      const labels = Uint8Array.from(
        { length: count },
        (_, n) => bytes[n * stride + labelBytes - 1] as number,
      );
      files.push({
        ...{ file, part: file.startsWith("test") ? "test" : "train", header: 0, stride, pixels: labelBytes },
        ...{ width: 32, height: 32, channels: 3, count, order: "planar", labels: (n) => labels[n] as number },
      });
    }
    const listed = names.find((name) => name === (ten ? "batches.meta.txt" : "fine_label_names.txt"));
    const text = listed === undefined ? "" : (await bytesOf(root, listed)).toString("utf8").trim();
    const labelNames =
      text === "" ? Array.from({ length: ten ? 10 : 100 }, (_, i) => String(i)) : text.split(/\s*\n\s*/);
    return new RecordSource("cifar", root, labelNames, files);
  },
};
