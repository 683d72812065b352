// What decodeImage gives, beside what Pillow gave for the same bytes (test/golden/pixels/make.py).
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import test from "ava";
import sharp from "sharp";
import { decodeImage } from "../../src/data/decode-image.js";
import type { Orientation } from "../../src/data/index.js";
import type { PictureCase } from "./pictures/case.js";
import { gif } from "./pictures/gif.js";
import { pictureCases } from "./pictures/index.js";
import { deep } from "./pictures/samples.js";

interface Pixels {
  height: number;
  width: number;
  pixels: string;
}
interface Golden {
  cases: Record<string, { sha256: string; stored: Pixels | null; exif?: Pixels }>;
}
const path = fileURLToPath(new URL("../../../test/golden/pixels/pixels.json", import.meta.url));
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const cases = await pictureCases();

test("the pictures are those that Pillow read", (t) => {
  const changed = [...cases].filter(([name, { bytes }]) => {
    return createHash("sha256").update(bytes).digest("hex") !== golden.cases[name]?.sha256;
  });
  const advice = "sharp's encoders changed, or a case did: run test/golden/pixels/make.py again";
  t.deepEqual(
    changed.map(([name]) => name),
    [],
    advice,
  );
  t.deepEqual(Object.keys(golden.cases).sort(), [...cases.keys()].sort(), advice);
});

for (const [name, picture] of cases) {
  test(`pixels of ${name}`, async (t) => {
    const { stored, exif } = golden.cases[name] ?? { stored: null };
    if (picture.refused !== undefined || stored === null) {
      const { message } = (await t.throwsAsync(decodeImage(picture.bytes))) as Error;
      t.regex(message, picture.refused ?? /^(it is|the \w+ (data|holds)) .*[\w)]$/);
      return;
    }
    for (const [orientation, expected] of [
      ["stored", stored],
      ["exif", exif ?? stored],
    ] as const) {
      if (picture.isDeepGrey) await isScaled(picture, orientation, t.deepEqual);
      else
        t.true((await difference(picture, orientation, expected)) <= (picture.tolerance ?? 0), orientation);
    }
  });
}

/** Largest difference from Pillow's levels; infinite for another size. */
async function difference(
  { bytes, isChromaRepeated }: PictureCase,
  orientation: Orientation,
  expected: Pixels,
): Promise<number> {
  const { height, width, pixels } = await decodeImage(bytes, orientation);
  if (height !== expected.height || width !== expected.width) return Infinity;
  const levels = Buffer.from(expected.pixels, "base64");
  if (isChromaRepeated) return brightnessDifference(pixels, levels);
  return pixels.reduce((most, level, i) => Math.max(most, Math.abs(level - (levels[i] as number))), 0);
}

/** Largest difference of brightness, of pixels without a channel that may be clipped. */
function brightnessDifference(ours: Uint8Array, theirs: Uint8Array): number {
  let [most, compared] = [0, 0];
  for (let at = 0; at < ours.length; at += 3) {
    const channels = [0, 1, 2].map((c) => [ours[at + c] as number, theirs[at + c] as number] as const);
    if (channels.flat().some((level) => level === 0 || level === 255)) continue;
    const [red = 0, green = 0, blue = 0] = channels.map(([our, their]) => our - their);
    most = Math.max(most, Math.abs(0.299 * red + 0.587 * green + 0.114 * blue));
    compared++;
  }
  return compared > 30 ? most : Infinity;
}

/** 16-bit greyscale by its high byte, where Pillow clips to white. */
async function isScaled(
  { bytes }: PictureCase,
  orientation: Orientation,
  deepEqual: (actual: number[], expected: number[]) => void,
) {
  const { pixels } = await decodeImage(bytes, orientation);
  deepEqual(
    [...pixels],
    deep(1).flatMap((value) => Array(3).fill(value >> 8)),
  );
}

test("the golden pixels hold turned pictures", (t) => {
  const turned = Object.values(golden.cases).filter(({ exif }) => exif !== undefined);
  t.true(turned.length >= 4 * 7, `${turned.length} cases are turned by EXIF`);
});

test("an AVIF animation is its still picture", async (t) => {
  const still = (cases.get("avif-444") as PictureCase).bytes;
  const sequence = Buffer.from(Uint8Array.from(still));
  sequence.write("avis", 8, "latin1"); // the major brand that an encoder of animations writes
  t.deepEqual(await decodeImage(sequence), await decodeImage(still));
});

const reasonOf = async (bytes: Uint8Array | string) =>
  decodeImage(Buffer.from(bytes as Uint8Array)).then(
    () => "it was read",
    ({ message }: Error) => message,
  );

test("what is no image is named", async (t) => {
  for (const [bytes, reason] of [
    ["", "the file is empty"],
    [
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
      "it is an SVG drawing",
    ],
    ["%PDF-1.7\n", "it is a PDF document"],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 1234\n", "it is a Git LFS pointer"],
    [Buffer.from("BM\x36\x30\0\0\0\0\0\0", "latin1"), "it is a BMP image"],
    [Buffer.alloc(100), "it is nothing but zero bytes"],
  ] as const) {
    const found = await reasonOf(bytes);
    t.true(found.startsWith(reason), found);
    if (bytes.length > 0) t.true(found.endsWith(", not JPEG, PNG, WebP, GIF, TIFF or AVIF"), found);
  }
});

test.serial("damaged images have one readable reason", async (t) => {
  const bytes = (name: string) => (cases.get(name) as PictureCase).bytes;
  t.is(await reasonOf(bytes("jpeg-truncated")), "the JPEG data end early");
  t.is(await reasonOf(bytes("jpeg-420").subarray(0, 3)), "the JPEG data end early");
  t.is(await reasonOf(bytes("png-truncated")), "the PNG data are damaged or end early");
  t.is(await reasonOf(bytes("webp-truncated")), "the WebP data are damaged or end early");
  t.is(await reasonOf(bytes("tiff-truncated")), "the TIFF data end early");
  t.is(await reasonOf(bytes("gif-truncated")), "the GIF data end early");
  t.regex(await reasonOf(bytes("jpeg-12-bits")), /^the JPEG data are damaged \(.*precision 12\)$/);
});

test.serial("images beyond the native core's sizes are refused before they are unpacked", async (t) => {
  const wide = Buffer.from((cases.get("png-rgb") as PictureCase).bytes);
  const sized = (width: number, height: number) => {
    wide.writeUInt32BE(width, 16);
    wide.writeUInt32BE(height, 20);
    wide.writeUInt32BE(crc32(wide.subarray(12, 29)), 29);
    return wide;
  };
  t.regex(await reasonOf(sized(16385, 16384)), /^it has more than 268,435,456 pixels/);
  const long = sharp({ create: { width: 65536, height: 1, channels: 3, background: "#123456" } });
  t.is(await reasonOf(await long.png().toBuffer()), "it has 65536 × 1 pixels, more than 65535 on a side");
  const screen = gif([{ indices: [] }], null, { size: [65535, 65535] });
  t.regex(await reasonOf(screen), /^it has more than 268,435,456 pixels/);
  t.is(await reasonOf(gif([{ indices: [], box: [0, 0, 0, 5] }], null)), "the GIF holds no picture");
});
