import { SslMemError } from "../../errors.js";
import { ImageList } from "../image-list.js";
import { CLASS_NAMES, drawImage, kindOf, type SyntheticSettings } from "../synthetic/draw-image.js";
import type { DecodedImage, Listing, ListOptions, Source, SourceEntry, SourceKind } from "../types.js";
import { Pace } from "./pace.js";

const DEFAULTS: SyntheticSettings = { count: 2000, test: -1, size: 32, seed: 0, classes: 8, outliers: 0.02 };
const RANGES: Record<keyof SyntheticSettings, [number, number]> = {
  count: [8, 2 ** 31],
  test: [0, 2 ** 31],
  size: [8, 512],
  seed: [0, Number.MAX_SAFE_INTEGER],
  classes: [2, CLASS_NAMES.length],
  outliers: [0, 0.5],
};

/** Images that sslmem draws itself: `synthetic:count=2000,test=200,size=32,seed=0,classes=8,outliers=0.02`. */
export const synthetic: SourceKind = {
  kind: "synthetic",
  summary: "images that sslmem draws itself, with planted outliers: synthetic:count=2000,size=32,seed=0",
  recognise: async (data) => (data.startsWith("synthetic:") ? "its name begins with synthetic:" : null),
  open: async (data) => new SyntheticSource(data),
};

function settingsOf(spec: string): SyntheticSettings {
  const settings = { ...DEFAULTS };
  for (const part of spec.slice("synthetic:".length).split(",").filter(Boolean)) {
    const [name, value] = part.split("=") as [keyof SyntheticSettings, string | undefined];
    const range = RANGES[name];
    const number = Number(value);
    const whole = name === "outliers" || Number.isInteger(number);
    if (
      range === undefined ||
      value === undefined ||
      value === "" ||
      !(number >= range[0] && number <= range[1]) ||
      !whole
    ) {
      const expected =
        range === undefined ? Object.keys(RANGES).join(", ") : `${name} in [${range.join(", ")}]`;
      throw new SslMemError(
        "USAGE",
        `Expected ${expected} for synthetic: but received "${part}".`,
        "synthetic:count=2000,size=32,seed=0",
      );
    }
    settings[name] = number;
  }
  if (settings.test < 0) settings.test = Math.ceil(settings.count / 10);
  return settings;
}

class SyntheticSource implements Source {
  readonly kind = "synthetic";
  readonly isEncoded = false;
  readonly #settings: SyntheticSettings;

  constructor(readonly spec: string) {
    this.#settings = settingsOf(spec);
  }

  async list({ signal, onProgress }: ListOptions = {}): Promise<Listing> {
    const { count, test, size, classes } = this.#settings;
    const images = new ImageList(count + test);
    const outlierIds: string[] = [];
    const pace = new Pace(signal, () => onProgress?.(images.count));
    for (let n = 0; n < count + test; n++) {
      if (pace.isDue) await pace.rest();
      const { label, outlier } = kindOf(this.#settings, n);
      const id = `synthetic#${n}`;
      if (outlier) outlierIds.push(id);
      const part = n < count ? "train" : "test";
      images.push({ id, path: "", offset: n, bytes: size * size * 3, label, part });
    }
    return {
      images,
      labelNames: CLASS_NAMES.slice(0, classes),
      outlierIds,
      taken: {
        kind: this.kind,
        why: "its name begins with synthetic",
        parts: { train: { images: count, from: [] }, test: { images: test, from: [] } },
        labels: { classes, unlabelled: 0 },
        noLabels: null,
        leftOut: [],
        notes: [],
      },
      stamps: null,
    };
  }

  async bytes(entry: SourceEntry): Promise<Uint8Array> {
    return drawImage(this.#settings, entry.offset).pixels;
  }

  async decode(pixels: Uint8Array): Promise<DecodedImage> {
    const { size } = this.#settings;
    return { width: size, height: size, pixels };
  }

  fileOf(): null {
    return null;
  }

  async close(): Promise<void> {}
}
