import { join } from "node:path";
import test from "ava";
import sharp from "sharp";
import type { Analysis, ScoredImage } from "../../src/analyze/index.js";
import { writeSheet } from "../../src/report/sheet.js";
import { temporaryDirectory } from "../train/helpers.js";

const image = (index: number, sslmem: number): ScoredImage => ({
  index,
  id: `<script>/a very long folder name/that does not fit/${index}.png`,
  sslmem,
  se: 0.01,
  label: null,
  error: index === 0 ? null : 0.02,
  low: null,
  high: null,
  relative: null,
  relative_low: null,
  relative_high: null,
  pair_sd: null,
  memorization: sslmem,
  outlier: index === 1,
});

test("the sheet shows each image in its place, whatever its size and name", async (t) => {
  const path = join(temporaryDirectory(), "sheet.png");
  const analysis = {
    most_memorized: [image(0, 0.5), image(1, 0.4)],
    least_memorized: [image(2, -0.5)],
  } as Partial<Analysis> as Analysis;
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
  ] as const;
  const sizes = [
    [4, 4],
    [300, 300],
    [1, 1],
  ] as const;
  const load = async (index: number) => {
    const [width, height] = sizes[index] as (typeof sizes)[0];
    const colour = colours[index] as (typeof colours)[0];
    return {
      width,
      height,
      pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3] as number),
    };
  };
  await writeSheet(path, analysis, load, "a subtitle");
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3),
  ];
  t.deepEqual(at(96, 200), [255, 0, 0]);
  t.deepEqual(at(96 + 144, 200), [0, 255, 0]);
  t.deepEqual(at(96, 414), [0, 0, 255]);
  // The error beside the score has the pairs in it: the first image has none, though its views have one.
  const beside = (left: number) =>
    Array.from({ length: 60 * 12 }, (_, i) => at(left + 66 + (i % 60), 273 + Math.floor(i / 60))).filter(
      ([r]) => (r as number) < 150,
    ).length;
  t.is(beside(32), 0);
  t.true(beside(32 + 144) > 20, `${beside(32 + 144)} dark pixels`);
  // Some ink of the title, drawn without any font of the system.
  const ink = Array.from({ length: 300 }, (_, i) => at(32 + i, 50)).filter(
    ([r]) => (r as number) < 100,
  ).length;
  t.true(ink > 20, `${ink} dark pixels`);
});
