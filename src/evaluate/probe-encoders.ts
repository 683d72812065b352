import type { ImageStore } from "../data/index.js";
import { SslMemError } from "../errors.js";
import { keyOf, randomPermutation } from "../native/index.js";
import { type Architecture, loadEncoder, type Pooling } from "../nn/index.js";
import type { NetworkChoice } from "../settings/scoring-settings.js";
import { embeddingBatch } from "./embed-images.js";
import { labelledRepresentations } from "./features.js";
import { meanInterval } from "./interval.js";
import { type ProbeOptions, probe } from "./probe-representations.js";
import { type EncoderProbe, PROBE_SCHEMA, type ProbeMethod, type ProbeReport } from "./probe-schema.js";

/** Share of a data set without a test part that is held out for testing. */
const HELD_OUT = 0.2;

/** An encoder that is probed. */
export interface ProbedEncoder {
  encoder: "f" | "g" | "weights";
  pair: number;
  /** Path of its weights, safetensors. */
  weights: string;
}

/** Which encoders are probed, on which images, and how. */
export interface ProbeEncodersOptions extends Pick<ProbeOptions, "methods" | "seeds" | "c" | "neighbours"> {
  store: ImageStore;
  /** What the images are called in the report. */
  data: string;
  encoders: readonly ProbedEncoder[];
  /** Which of the networks of a run's encoders these are, as --network says; null for a file. Default: null. */
  network?: NetworkChoice | null;
  architecture: Architecture;
  layer: string | null;
  /** Not looked at where a layer is captured. */
  pooling: Pooling;
  imageSize: number;
  /** What the engine says of itself. */
  engine: Record<string, string>;
  /** Training images for each seed, and test images; null: all. */
  trainLimit: number | null;
  testLimit: number | null;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
  /** Hears that fewer images are encoded at once than usual. */
  onNote?: (line: string) => void;
}

/**
 * Probes encoders on a labelled data set: fitted to its training part, judged by its test part, on representations of
 * plain images. Each image is encoded once by each encoder. An engine must be open.
 *
 * @throws SslMemError DATA for images without labels or weights of another architecture; USAGE for limits beyond the
 *   images there are; the signal's reason
 */
export async function probeEncoders(options: ProbeEncodersOptions): Promise<ProbeReport> {
  const { store, architecture, layer, pooling, imageSize, signal, seeds } = options;
  const { labelNames } = store.manifest.facts;
  if (labelNames === null) {
    throw new SslMemError(
      "DATA",
      `Expected labelled images to probe with but those of ${options.data} have no labels.`,
      "a folder for each class, or a data set that has labels",
    );
  }
  const drawn = drawImages(options);
  const total = options.encoders.length * (drawn.train.length + drawn.test.length);
  const encoders: EncoderProbe[] = [];
  const batch = embeddingBatch(options.onNote ?? (() => {}));
  let done = 0;
  for (const { encoder, pair, weights } of options.encoders) {
    const loaded = await loadEncoder(architecture, weights, { imageSize, layer, pooling });
    try {
      const represented = async (indices: Uint32Array) => {
        const before = done;
        const onProgress = (now: number) => {
          done = before + now;
          options.onProgress?.(done, total);
        };
        return labelledRepresentations(store, loaded, indices, { imageSize, batch, signal, onProgress });
      };
      const [train, test] = [await represented(drawn.train), await represented(drawn.test)];
      const results = probe(train, test, { ...options, classes: labelNames.length, rows: drawn.rows });
      encoders.push({ encoder, pair, weights, results });
    } finally {
      loaded.dispose();
    }
  }
  return {
    schema: PROBE_SCHEMA,
    data: options.data,
    network: options.network ?? null,
    architecture: architecture.name,
    layer,
    pooling,
    engine: options.engine,
    image_size: imageSize,
    classes: labelNames,
    train: options.trainLimit ?? drawn.train.length,
    test: drawn.test.length,
    held_out: drawn.heldOut,
    seeds,
    encoders,
    over_pairs: overPairs(encoders, options.methods),
  };
}

interface DrawnImages {
  /** Manifest indices: every training image that some seed uses. */
  train: Uint32Array;
  test: Uint32Array;
  /** Places in `train` for every seed; null: all. */
  rows: Uint32Array[] | null;
  heldOut: boolean;
}

function drawImages({ store, seeds, trainLimit, testLimit, data }: ProbeEncodersOptions): DrawnImages {
  const { manifest } = store;
  const part = (wanted: string) =>
    manifest.used.filter(
      (index) =>
        manifest.images.isTest(index) === (wanted === "test") && manifest.images.label(index) !== null,
    );
  let [train, test] = [part("train"), part("test")];
  const heldOut = test.length === 0;
  if (heldOut) {
    const order = shuffled(train, 0, "probeHeldOut");
    const count = Math.round(train.length * HELD_OUT);
    [test, train] = [order.slice(0, count).sort(), order.slice(count).sort()];
  }
  const check = (limit: number | null, there: number, what: string) => {
    if (there < 2 || (limit !== null && limit > there))
      throw new SslMemError(
        "USAGE",
        `Expected ${limit ?? "some"} ${what} images but ${data} has ${there} with a label.`,
      );
  };
  check(trainLimit, train.length, "training");
  check(testLimit, test.length, "test");
  if (testLimit !== null) test = shuffled(test, 0, "probeTest").slice(0, testLimit).sort();
  if (trainLimit === null) return { train, test, rows: null, heldOut };
  const each = Array.from({ length: seeds }, (_, seed) =>
    shuffled(train, seed, "probeTrain").slice(0, trainLimit).sort(),
  );
  const union = Uint32Array.from(new Set(each.flatMap((indices) => [...indices]))).sort();
  const place = new Map([...union].map((index, i) => [index, i]));
  return {
    train: union,
    test,
    rows: each.map((indices) => indices.map((index) => place.get(index) as number)),
    heldOut,
  };
}

function shuffled(
  indices: Uint32Array,
  seed: number,
  use: "probeHeldOut" | "probeTest" | "probeTrain",
): Uint32Array {
  const order = randomPermutation(keyOf(use, seed), new Uint32Array(indices.length));
  return order.map((i) => indices[i] as number);
}

/** Mean accuracies of f and of g over several pairs. */
function overPairs(
  encoders: readonly EncoderProbe[],
  methods: readonly ProbeMethod[],
): ProbeReport["over_pairs"] {
  return (["f", "g"] as const).flatMap((encoder) => {
    const own = encoders.filter((probed) => probed.encoder === encoder);
    if (own.length < 2) return [];
    return methods.map((method, i) => {
      const means = own.map(({ results }) => (results[i] as (typeof results)[number]).mean);
      return {
        encoder,
        method,
        pairs: own.length,
        mean: means.reduce((sum, value) => sum + value, 0) / own.length,
        interval: meanInterval(means),
      };
    });
  });
}
