import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { SslMemError } from "../../src/errors.js";
import { createPack, openPack } from "../../src/native/index.js";
import { type Image, packedFile } from "./helpers.js";

const images: Image[] = [
  [1, 1],
  [3, 5],
  [16, 9],
].map(([height = 0, width = 0], i) => ({
  height,
  width,
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, k) => (k * 7 + i) % 256),
}));

function inFile<T>(bytes: Uint8Array, body: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "sslmem-pack-"));
  try {
    writeFileSync(join(folder, "images.pack"), bytes);
    return body(join(folder, "images.pack"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a packed file gives back its images and the manifest's hash", (t) => {
  const hash = Uint8Array.from({ length: 32 }, (_, i) => 8 * i);
  inFile(packedFile(images, hash), (path) => {
    using pack = openPack(path);
    t.is(pack.images, 3);
    t.is(pack.manifestHash, Buffer.from(hash).toString("hex"));
    images.forEach((image, slot) => {
      t.deepEqual(pack.image(slot), image);
    });
  });
});

test("an in-memory pack gives back copies", (t) => {
  const pixels = Buffer.concat(images.map((image) => image.pixels));
  const pack = createPack(
    pixels,
    Uint32Array.from(images, (i) => i.height),
    Uint32Array.from(images, (i) => i.width),
  );
  t.is(pack.manifestHash, null);
  t.is(pack.bytes, pixels.length);
  pixels.fill(0);
  const first = pack.image(1);
  t.deepEqual(first, images[1]);
  first.pixels.fill(0);
  t.deepEqual(pack.image(1), images[1]);
});

test("a damaged file is a data error that names it and says what to do", (t) => {
  const good = packedFile(images, new Uint8Array(32));
  for (const damaged of [
    good.subarray(0, 50),
    good.subarray(0, good.length - 1),
    Buffer.from("not a pack".repeat(9)),
  ]) {
    inFile(damaged, (path) => {
      const error = t.throws(() => openPack(path), { instanceOf: SslMemError });
      t.is(error?.code, "DATA");
      t.true(error?.message.includes(path));
      t.regex(error?.hint ?? "", /Delete the file/);
    });
  }
});
