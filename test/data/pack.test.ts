// Packed files: images come back by the places that were asked for, whatever the order in which they were added.
import { join } from "node:path";
import test from "ava";
import { type DecodedImage, PackWriter } from "../../src/data/index.js";
import { openPack } from "../../src/native/index.js";
import { temporaryDirectory } from "../train/helpers.js";

const KEY = "ab".repeat(32);

test("images of any sides come back; one that was not added is missed before the file has its name", async (t) => {
  const path = join(temporaryDirectory(), "images.pack");
  const image = (width: number, height: number): DecodedImage => ({
    width,
    height,
    pixels: Uint8Array.from({ length: 3 * width * height }, (_, i) => width + i),
  });
  const added: [number, DecodedImage][] = [
    [7000, image(2, 5)],
    [3, image(4, 1)],
    [0, image(1, 3)],
  ];
  const writer = await PackWriter.create(path);
  for (const [index, one] of added) await writer.add(index, one);
  t.deepEqual(
    [0, 1, 3, 6999, 7000, 7001, 99_999].map((index) => writer.has(index)),
    [true, false, true, false, true, false, false],
  );
  await t.throwsAsync(writer.finish(path, KEY, Uint32Array.of(0, 1)), {
    code: "INTERNAL",
    message: /image 1 /,
  });
  t.throws(() => openPack(path));
  await writer.finish(path, KEY, Uint32Array.of(0, 3, 7000));
  const pack = openPack(path);
  for (const [slot, index] of [0, 3, 7000].entries()) {
    const { width, height, pixels } = pack.image(slot);
    const expected = added.find(([one]) => one === index)?.[1] as DecodedImage;
    t.deepEqual([width, height, [...pixels]], [expected.width, expected.height, [...expected.pixels]]);
  }
  pack.release();
});
