// facts.parquet and duplicates.parquet of a folder of pictures, against each picture's facts computed by itself.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import sharp from "sharp";
import { resolveSettings } from "../../src/config/resolve.js";
import { buildManifest, decodingStore, openSource } from "../../src/data/index.js";
import { imageFacts, perceptualHash, thumbnailOf } from "../../src/facts/index.js";
import { openRun } from "../../src/run/open-run.js";
import { imageFactsOf } from "../../src/steps/facts.js";
import { stepContext } from "../../src/steps/step-context.js";
import { fileList, query } from "../../src/tables/index.js";
import { temporaryDirectory } from "../train/helpers.js";

const COUNT = 300; // more than are read at once
const SIDE = 12;

/** Noise, but every hundredth picture shows what the one before it does, brighter. */
async function draw(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < COUNT; i++) {
    const isCopy = i % 100 === 99;
    const shown = isCopy ? i - 1 : i;
    const pixels = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, at) => {
      const wild = 43758.5453 * Math.sin(12.9898 * (at + 1) + 78.233 * shown);
      return 200 * (wild - Math.floor(wild)) + (isCopy ? 20 : 0);
    });
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toFile(join(folder, `${String(i).padStart(3, "0")}.png`));
  }
}

test("every row holds the facts of its image; copies are found", async (t) => {
  const root = temporaryDirectory();
  const data = join(root, "images");
  await draw(data);
  const flags = new Map([
    ["data", data],
    ["imageFacts", "pixels"],
  ] as const);
  const run = await openRun({
    root: join(root, "run"),
    resolved: resolveSettings({ flags }),
    steps: ["analyze"],
    force: false,
    shard: null,
    command: "test",
  });
  const source = await openSource(data);
  const manifest = await buildManifest(source);
  await manifest.write(run.paths.manifest);
  const files = await imageFactsOf(
    stepContext(run),
    { manifest, split: null, store: { manifest, data, packPath: null } },
    [],
  );
  await run.release();

  const store = decodingStore(manifest, source);
  const expected = [];
  for (let index = 0; index < COUNT; index++) {
    const { pixels, height, width } = await store.decode(index);
    const { bytes } = manifest.entry(index);
    const isPair = index % 100 >= 98;
    expected.push({
      index,
      ...imageFacts(pixels, height, width),
      bytes,
      pixels: height * width,
      near_duplicates: isPair ? 1 : 0,
      phash: perceptualHash(thumbnailOf(pixels, height, width)),
    });
  }
  await store.close();
  t.deepEqual(await query(`SELECT * FROM read_parquet(${fileList(files?.facts as string)})`), expected);
  t.deepEqual(
    await query(`SELECT first, second FROM read_parquet(${fileList(files?.duplicates as string)})`),
    [98, 198, 298].map((first) => ({ first, second: first + 1 })),
  );
});
