import { readFileSync } from "node:fs";
import test from "ava";
import { imageFacts } from "../../src/facts/image-facts.js";
import { perceptualHash, similarity, thumbnailOf } from "../../src/facts/perceptual-hash.js";
import { farthest } from "../close.js";

const golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/facts/facts.json", import.meta.url), "utf8"),
);

for (const { height, width, pixels, facts } of golden.cases) {
  test(`facts and hash of a ${height} x ${width} image agree with NumPy and SciPy`, (t) => {
    const image = Uint8Array.from(pixels);
    for (const [name, value] of Object.entries(imageFacts(image, height, width)))
      t.is(farthest([value], [facts[name]], 1e-12, 1e-12), null, name);
    // A bit whose frequency lies at the median to within rounding could fall either way; here none does.
    t.is(perceptualHash(thumbnailOf(image, height, width)), facts.hash);
  });
}

const distance = (a: string, b: string) =>
  (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll("0", "").length;

test("an image, brighter, enlarged and slightly changed, keeps its hash nearly; others do not", (t) => {
  const { pixels, height, width } = golden.cases[0];
  const hash = (bytes: Uint8Array, h: number, w: number) => perceptualHash(thumbnailOf(bytes, h, w));
  const own = hash(Uint8Array.from(pixels), height, width);
  const brighter = Uint8Array.from(pixels, (v: number) => Math.min(255, v * 0.8 + 40));
  t.true(distance(hash(brighter, height, width), own) <= 2);
  const doubled = new Uint8Array(4 * pixels.length);
  for (let y = 0; y < 2 * height; y++)
    for (let x = 0; x < 2 * width; x++)
      for (let c = 0; c < 3; c++)
        doubled[(y * 2 * width + x) * 3 + c] = pixels[((y >> 1) * width + (x >> 1)) * 3 + c];
  t.is(hash(doubled, 2 * height, 2 * width), own);
  t.true(distance(golden.cases[2].facts.hash, own) > 16);
});

test("similarity: 1 of the same picture at another contrast, by brightness where there is nothing to see", (t) => {
  const { pixels, height, width } = golden.cases[0];
  const thumbnail = thumbnailOf(Uint8Array.from(pixels), height, width);
  t.is(
    farthest(
      [
        similarity(
          thumbnail,
          thumbnail.map((v) => 0.5 * v + 0.2),
        ),
      ],
      [1],
      1e-12,
    ),
    null,
  );
  const flat = (value: number) => new Float64Array(1024).fill(value);
  t.is(similarity(flat(0.5), flat(0.51)), 1);
  t.is(similarity(flat(0.5), flat(0.6)), 0);
  t.is(similarity(flat(0.5), thumbnail), 0);
});
