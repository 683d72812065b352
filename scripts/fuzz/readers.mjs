// The project's readers and writers as the fuzzer calls them: the one file to change when their names do. A reader looks
// at a folder in which one file is damaged and says "accepted" (after a check that what it read is right) or "refused".
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { analyze } from "../../dist/src/analyze/index.js";
import { readConfigFile } from "../../dist/src/config/file.js";
import { resolveSettings } from "../../dist/src/config/resolve.js";
import { reasonOf } from "../../dist/src/data/bytes-as-listed.js";
import { readColumns } from "../../dist/src/data/columns-file.js";
import { readIdList } from "../../dist/src/data/id-list.js";
import { Manifest, openSource, packHash, Split } from "../../dist/src/data/index.js";
import { KnownImages } from "../../dist/src/data/known-images.js";
import { listed } from "../../dist/src/data/listing-cache.js";
import { SslMemError } from "../../dist/src/errors.js";
import { openPack } from "../../dist/src/native/index.js";
import { readSafetensors } from "../../dist/src/nn/index.js";
import { earlierEngine } from "../../dist/src/run/environment.js";
import { readRecord } from "../../dist/src/run/record.js";
import { workersOf } from "../../dist/src/run/workers.js";
import { partIsDone } from "../../dist/src/score/part.js";
import { readParquet } from "../../dist/src/tables/index.js";
import { readCheckpoint } from "../../dist/src/train/checkpoint.js";
import { readMetrics, truncateMetrics } from "../../dist/src/train/metrics.js";
import { CONTEXT, KEPT_RULES } from "./written.mjs";

/** Something that must not be: a wrong number, a sentence that says nothing. */
export class Finding extends Error {}

function require(condition, what) {
  if (!condition) throw new Finding(what);
}

/** A text that a person can be shown as the reason why an image was skipped. */
function checkPhrase(text, what) {
  require(typeof text === "string" && text.trim() !== "", `${what} has no reason`);
  require(text.length < 400, `${what}: the reason has ${text.length} characters`);
  // Other control characters are written out where they are printed.
  require(!/[\r\n]/.test(text), `${what}: more than one line: ${JSON.stringify(text)}`);
  require(!/[:,]$/.test(text), `${what}: the reason ends in the middle: ${text}`);
  require(!/\bundefined\b|\[object|Cannot read prop|is not a function|is not iterable|\bat .*:\d+:\d+/.test(
    text,
  ), `${what}: the words of a bug: ${text}`);
}

/** The error of a damaged file: of the user's kind, in one sentence, naming one of `names`. Returns "refused". */
function checkRefusal(error, names) {
  if (error instanceof Finding) throw error;
  require(error instanceof SslMemError &&
    (error.code === "DATA" || error.code === "USAGE"), `not an error for the user: ${error?.stack ?? error}`);
  checkPhrase(error.message, "the sentence");
  require(/[.…)]$|: .*$/.test(error.message), `no sentence: ${error.message}`);
  require(names.some((name) =>
    error.message.includes(name),
  ), `none of ${names.join(", ")} is named: ${error.message}`);
  return "refused";
}

const attempt = (work, names) =>
  work().then(
    () => "accepted",
    (error) => checkRefusal(error, names),
  );

function checkImage(image, what) {
  require(Number.isInteger(image.width) &&
    image.width > 0 &&
    Number.isInteger(image.height) &&
    image.height > 0, `${what}: ${image.width} × ${image.height}`);
  require(image.pixels.length ===
    image.width *
      image.height *
      3, `${what}: ${image.pixels.length} bytes for ${image.width} × ${image.height}`);
}

const same = (a, b) =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

/**
 * Lists a data set and reads its first and last images; how many of these could be decoded. `bytesOf`: length of a file of
 * it by its path.
 */
async function readData(path, bytesOf) {
  const source = await openSource(path);
  try {
    const { images, labelNames, taken } = await source.list();
    require(images.count > 0, "a data set without an image was accepted");
    for (const { reason, first } of taken.leftOut) checkPhrase(reason, first);
    const indices = Array.from({ length: images.count }, (_, index) => index);
    let decoded = 0;
    for (const index of indices.length > 8 ? [...indices.slice(0, 4), ...indices.slice(-4)] : indices) {
      const entry = images.at(index);
      const size = bytesOf(entry.path);
      // Of records of one size the offset is the record's number.
      if (source.isEncoded)
        require(entry.offset >= 0 &&
          entry.bytes >= 0 &&
          entry.offset + entry.bytes <=
            size, `${entry.id} lies at ${entry.offset}, ${entry.bytes} bytes, in a file of ${size}`);
      const known = labelNames?.length ?? 0;
      require(entry.label === null ||
        (Number.isInteger(entry.label) &&
          entry.label >= 0 &&
          entry.label < known), `${entry.id} has the label ${entry.label} of ${known}`);
      try {
        const image = await source.decode(await source.bytes(entry), entry);
        checkImage(image, entry.id);
        const again = await source.decode(await source.bytes(entry), entry);
        require(same(image.pixels, again.pixels), `${entry.id} is other pixels when it is read again`);
        decoded++;
      } catch (error) {
        if (error instanceof Finding) throw error;
        require(!(error instanceof TypeError || error instanceof RangeError), `${entry.id}: ${error.stack}`);
        checkPhrase(reasonOf(error), entry.id);
      }
    }
    return decoded;
  } finally {
    await source.close();
  }
}

const tensorsEqual = (a, b) =>
  a.size === b.size &&
  [...a].every(
    ([name, { shape, data }]) =>
      b.has(name) && b.get(name).shape.join() === shape.join() && same(b.get(name).data, data),
  );

async function checkTensors(path, bytes) {
  const { tensors } = await readSafetensors(path);
  let total = 0;
  for (const [name, { shape, data }] of tensors) {
    require(shape.every(
      (side) => Number.isSafeInteger(side) && side >= 0,
    ), `${name} has the shape [${shape}]`);
    require(data.length ===
      shape.reduce((a, b) => a * b, 1), `${name} has ${data.length} values in [${shape}]`);
    total += 2 * data.length;
  }
  require(total <= bytes.length, `${total} bytes of values out of a file of ${bytes.length}`);
  return tensors;
}

/** The reader of each kind: (folder, seed, bytes of the damaged file, folder of the undamaged ones) → "accepted" or "refused". */
export const READERS = {
  image: async (folder, _, bytes) =>
    (await readData(folder, () => bytes.length)) === 1 ? "accepted" : "refused",

  data: (folder, { damaged, files }, bytes) => {
    const path = damaged.endsWith(".tar") ? join(folder, damaged) : folder;
    const bytesOf = (name) => (name === damaged ? bytes.length : (files[name]?.length ?? 0));
    return attempt(() => readData(path, bytesOf), Object.keys(files));
  },

  foreignWeights: (folder, { damaged }, bytes) =>
    attempt(() => checkTensors(join(folder, damaged), bytes), [damaged]),

  weights: (folder, { damaged }, bytes, whole) =>
    attempt(async () => {
      const tensors = await checkTensors(join(folder, damaged), bytes);
      require(tensorsEqual(
        (await readSafetensors(join(whole, damaged))).tensors,
        tensors,
      ), "other values were taken for the file's own");
    }, [damaged]),

  checkpoint: (folder, { files }, _, whole) =>
    attempt(async () => {
      const [now, before] = await Promise.all([readCheckpoint(folder), readCheckpoint(whole)]);
      require(now !== null, "the checkpoint was passed over");
      for (const key of ["step", "seconds", "configuration"])
        require(now[key] === before[key], `${key} is ${now[key]}, not ${before[key]}`);
      for (const namespace of Object.keys(before.arrays))
        require(tensorsEqual(
          before.arrays[namespace],
          now.arrays[namespace],
        ), "other values were taken for the checkpoint's own");
    }, Object.keys(files)),

  part: (folder, { damaged }, bytes, whole) =>
    attempt(async () => {
      const path = join(folder, damaged);
      if (bytes.length % 4 === 0) await analyze({ parts: [path], outlierIds: null, knn: [], skipped: [] });
      else require(await partIsDone(path, CONTEXT.configuration), "a part that is there was passed over");
      const [now, before] = await Promise.all([readParquet(path), readParquet(join(whole, damaged))]);
      for (const name of before.columnNames)
        require(JSON.stringify(now.cells(name)) ===
          JSON.stringify(before.cells(name)), `other values in column ${name}`);
    }, [damaged]),

  manifest: (folder, { damaged }, _, whole) =>
    attempt(async () => {
      const [now, before] = await Promise.all([
        Manifest.read(join(folder, damaged)),
        Manifest.read(join(whole, damaged)),
      ]);
      require(now.hash === before.hash &&
        JSON.stringify(now.facts) === JSON.stringify(before.facts), "another manifest was taken for it");
    }, [damaged]),

  split: (folder, { damaged }, _, whole) =>
    attempt(async () => {
      const manifest = await Manifest.read(join(whole, "manifest.parquet"));
      const [now, before] = await Promise.all([
        Split.read(join(folder, damaged), manifest),
        Split.read(join(whole, damaged), manifest),
      ]);
      require(same(now.codes, before.codes) &&
        now.seed === before.seed &&
        now.scheme === before.scheme, "another split was taken for it");
    }, [damaged]),

  pack: (folder, { damaged }, _, whole) =>
    attempt(async () => {
      const pack = openPack(join(folder, damaged));
      try {
        for (let slot = 0; slot < pack.images; slot++) checkImage(pack.image(slot), `image ${slot}`);
      } finally {
        pack.release();
      }
      // The cache opens a file only where this is what it wrote (src/cache/image-cache.ts).
      const hashes = await Promise.all([folder, whole].map((place) => packHash(join(place, damaged))));
      require(hashes[0] !== hashes[1], "other pixels have the same digest");
    }, [damaged]),

  kept: async (folder, { damaged }) => {
    const path = join(folder, damaged);
    // The image that they are of is as it was: whole ones would be believed.
    const data = join(folder, "..", "own", "shown", "1.png");
    // A damaged one is none: the data are listed and read anew.
    require((await readColumns(path)) === null, "damaged columns were taken for whole ones");
    const fresh = { images: [], stamps: null, taken: {}, labelNames: null, outlierIds: null };
    const source = { list: async () => fresh, fileOf: () => data };
    require((await listed(source, path)) === fresh, "a damaged listing was believed");
    const known = await KnownImages.open(source, KEPT_RULES, path);
    require((await known.recall({ id: "1.png", path: "1.png" })) ===
      undefined, "damaged knowledge was believed");
    return "refused";
  },

  config: (folder, { damaged }) =>
    attempt(async () => {
      const file = await readConfigFile(join(folder, damaged));
      const { settings } = resolveSettings({ flags: new Map(), file });
      require({}.polluted === undefined &&
        Object.getPrototypeOf(settings) === Object.prototype, "the prototype of every object was changed");
    }, [damaged, "preset"]),

  runFile: (folder, { damaged }) =>
    attempt(async () => {
      const path = join(folder, damaged);
      if (damaged === "config.json") {
        const recorded = await readRecord(path);
        resolveSettings({ flags: new Map(), recorded });
      } else if (damaged === "environment.json") await earlierEngine(path, { started: "now" });
      else if (damaged === "metrics.jsonl") {
        for (const { step, loss } of await readMetrics(path))
          require(Number.isFinite(step) && Number.isFinite(loss), `step ${step} has the loss ${loss}`);
        await truncateMetrics(path, 20);
        for (const { step } of await readMetrics(path)) require(step <= 20, `step ${step} stayed`);
      } else if (damaged === "run.lock") {
        await mkdir(join(folder, ".locks"), { recursive: true });
        await writeFile(join(folder, ".locks", damaged), await readFile(path));
        await workersOf(folder);
      } else for (const id of await readIdList(path)) require(id !== "", "an empty id");
    }, [damaged, "preset"]),
};
