import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import sharp from "sharp";
import { buildManifest, openSource } from "../../src/data/index.js";
import { lengthOf, type Pictures, picturesOf } from "../../src/report/pictures.js";
import { temporaryDirectory } from "../train/helpers.js";

test("twenty large images of pure noise, thirty views each, still fit the page's budget", async (t) => {
  const data = join(temporaryDirectory(), "noise");
  mkdirSync(data);
  let state = 1;
  for (let i = 0; i < 20; i++) {
    const pixels = Uint8Array.from({ length: 300 * 400 * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    await sharp(pixels, { raw: { width: 400, height: 300, channels: 3 } })
      .png({ compressionLevel: 0 })
      .toFile(join(data, `${i}.png`));
  }
  const manifest = await buildManifest(await openSource(data));
  const recipe = { policy: "simclr", imageSize: 224, views: 30, scheme: "pairs", seed: 0 } as const;
  const made = (budget?: number) => picturesOf(data, manifest, recipe, [...Array(20).keys()], budget);
  const pictures = (await made()) ?? new Map<number, Pictures>();
  t.is(pictures.size, 20);
  const uris = [...pictures.values()].flatMap(({ thumbnail, large, views }) => [
    thumbnail,
    large,
    ...views.map(({ uri }) => uri),
  ]);
  const length = uris.join("").length;
  t.log(`${length} characters`);
  t.true(length <= 3_200_000);
  t.true([...pictures.values()].every(({ views }) => views.length === 20));
  const { width, height } = await sharp(
    Buffer.from((uris[1] as string).split(",")[1] as string, "base64"),
  ).metadata();
  // What is left may be less: fewer views then, but no image is dropped; null where nothing fits.
  const small = (await made(150_000)) ?? new Map<number, Pictures>();
  t.is(small.size, 20);
  t.true([...small.values()].reduce((sum, one) => sum + lengthOf(one), 0) <= 150_000);
  t.true([...small.values()].every(({ views }) => views.length === 4));
  t.is(await made(1000), null);
  t.true((width as number) >= 96 && Math.abs((width as number) / (height as number) - 4 / 3) < 0.05);
});
