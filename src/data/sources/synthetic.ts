import { SslMemError } from "../../errors.js";
import { CLASS_NAMES, drawImage, kindOf, type SyntheticSettings } from "../synthetic/draw.js";
import type { Source, SourceEntry, SourceKind } from "../types.js";

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
  matches: async (data) => data.startsWith("synthetic:"),
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
  readonly labelNames: string[];
  readonly outlierIds: string[];
  readonly #settings: SyntheticSettings;

  constructor(readonly spec: string) {
    this.#settings = settingsOf(spec);
    this.labelNames = CLASS_NAMES.slice(0, this.#settings.classes);
    const numbers = Array.from({ length: this.#settings.count }, (_, n) => n);
    this.outlierIds = numbers.filter((n) => kindOf(this.#settings, n).outlier).map((n) => `synthetic#${n}`);
  }

  async entries(): Promise<SourceEntry[]> {
    const { count, test, size } = this.#settings;
    return Array.from({ length: count + test }, (_, n) => {
      const { label } = kindOf(this.#settings, n);
      return {
        id: `synthetic#${n}`,
        path: "",
        offset: n,
        bytes: size * size * 3,
        label,
        part: n < count ? "train" : "test",
      };
    });
  }

  async read(entry: SourceEntry) {
    return drawImage(this.#settings, entry.offset);
  }

  async close(): Promise<void> {}
}
