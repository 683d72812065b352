// Mistakes in a source of one's own: one sentence that names it, as wrong usage, not as a bug.
import test from "ava";
import { ImageList } from "../../src/data/image-list.js";
import { buildManifest } from "../../src/data/index.js";
import { checkedSource } from "../../src/data/sources/checked-source.js";
import type { Source } from "../../src/data/types.js";
import { SslMemError } from "../../src/errors.js";

const taken = { kind: "own", why: "", labels: null, noLabels: "", leftOut: [], notes: [] } as never;
const entry = { id: "a", path: "a", offset: 0, bytes: 3, label: null, part: "train" } as const;

/** A source of one grey pixel, right but for these changes. */
const own = (changes: Partial<Source> = {}): Source =>
  checkedSource({
    kind: "own",
    spec: "here",
    isEncoded: true,
    list: async () => ({
      images: ImageList.of([entry]),
      labelNames: null,
      outlierIds: null,
      taken,
      stamps: null,
    }),
    bytes: async () => new Uint8Array(3),
    decode: async () => ({ width: 1, height: 1, pixels: new Uint8Array(3) }),
    fileOf: () => null,
    close: async () => {},
    ...changes,
  });

test("a source without a mistake is read", async (t) => {
  t.is((await buildManifest(own())).read.count, 1);
});

const refuses = (thrown: unknown) => async () => {
  throw thrown;
};
const list = async (images: ImageList) => ({
  images,
  labelNames: null,
  outlierIds: null,
  taken,
  stamps: null,
});
const CASES: Record<string, [Partial<Source>, "USAGE" | "DATA", RegExp]> = {
  "a listing that throws": [
    { list: refuses(new SyntaxError("Unexpected token")) },
    "USAGE",
    /^Expected the listing of source "own" to work but it threw: Unexpected token\.$/,
  ],
  "a listing that is none": [{ list: (async () => ({})) as never }, "USAGE", /ImageList .* source "own"/],
  "a listing of something else": [
    { list: (async () => ({ ...(await list(ImageList.of([entry]))), images: [entry] })) as never },
    "USAGE",
    /ImageList .* source "own"/,
  ],
  "a listing without images": [
    { list: () => list(new ImageList()) },
    "DATA",
    /^Expected images in here but found none\.$/,
  ],
  "a listing that refuses its data": [
    { list: refuses(new SslMemError("DATA", "Expected lines.")) },
    "DATA",
    /^Expected lines\.$/,
  ],
  "a decoder with a slip": [
    { decode: refuses(new TypeError("x is undefined")) },
    "USAGE",
    /code of the source "own" failed on it, decoding: x is undefined, of a and all others\.$/,
  ],
  "a reader with a slip": [
    { bytes: refuses(new ReferenceError("x is not defined")) },
    "USAGE",
    /failed on it, reading: x is not defined/,
  ],
  "images that are damaged": [
    { decode: refuses(new Error("the data end early")) },
    "DATA",
    /none of the 1 that were tried is; the first is a: the data end early\.$/,
  ],
  "an image of another length": [
    { decode: async () => ({ width: 2, height: 1, pixels: new Uint8Array(3) }) },
    "USAGE",
    /pixels for a from source "own" but received 2, 1 and 3 bytes/,
  ],
  "no image": [{ decode: (async () => undefined) as never }, "USAGE", /source "own" but received undefined/],
};
for (const [name, [changes, code, message]] of Object.entries(CASES))
  test(name, async (t) => {
    await t.throwsAsync(buildManifest(own(changes)), { instanceOf: SslMemError, code, message });
  });

test("whoever stops a listing is told of that", async (t) => {
  const abort = new AbortController();
  const reason = new Error("enough");
  abort.abort(reason);
  const stopped = own({ list: async ({ signal } = {}) => signal?.throwIfAborted() as never });
  t.is(await t.throwsAsync(stopped.list({ signal: abort.signal })), reason);
});
