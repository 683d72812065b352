import { keyOf, randomUniform } from "../../native/index.js";
import type { DecodedImage } from "../types.js";

/** Everything that decides a synthetic image, besides its number. */
export interface SyntheticSettings {
  /** Training images, >= 8. */
  count: number;
  /** Test images, >= 0. */
  test: number;
  /** Side, pixels, 8 to 512. */
  size: number;
  seed: number;
  /** Classes, 2 to 8. */
  classes: number;
  /** Share of the training images that are planted outliers, 0 to 0.5. */
  outliers: number;
}

type Rgb = [number, number, number];
/** Whether the point (x, y), both in [-1, 1] from the shape's middle, lies in the shape. Arithmetic that rounds alike everywhere. */
const SHAPES: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => x * x + y * y < 1,
  (x, y) => x * x + y * y < 1 && x * x + y * y > 0.36,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  (x, y) => y > -0.8 && y < 0.8 && Math.abs(x) < (y + 0.8) * 0.6,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.28 && Math.max(Math.abs(x), Math.abs(y)) < 0.95,
  (x, y) => Math.abs(x) < 1 && Math.abs(y) < 1 && ((((y + 1) * 3) | 0) & 1) === 0,
  (x, y) => Math.abs(x) < 1 && Math.abs(y) < 1 && ((((x + 1) * 2.5) | 0) & 1) === ((((y + 1) * 2.5) | 0) & 1),
  (x, y) => Math.abs(x) + Math.abs(y) < 1 && Math.abs(x) + Math.abs(y) > 0.5,
];

/** What the classes are, by number. */
export const CLASS_NAMES = [
  "disc",
  "ring",
  "square",
  "triangle",
  "cross",
  "stripes",
  "checker",
  "diamond",
] as const;

/** Uniform numbers for one image, taken one after the other. */
class Draw {
  readonly #numbers: Float32Array;
  #next = 0;
  constructor(seed: number, image: number, stream: number, count: number) {
    const key = keyOf("syntheticImage", seed, { sample: image, view: stream });
    this.#numbers = randomUniform(key, new Float32Array(count));
  }
  between(low: number, high: number): number {
    return low + (high - low) * (this.#numbers[this.#next++] as number);
  }
  colour(): Rgb {
    return [this.between(20, 235), this.between(20, 235), this.between(20, 235)];
  }
}

/** Whether image `number` is a planted outlier, and of which class it is otherwise. */
export function kindOf(settings: SyntheticSettings, number: number): { label: number; outlier: boolean } {
  const draw = new Draw(settings.seed, number, 0, 2);
  const label = Math.min(settings.classes - 1, Math.floor(draw.between(0, settings.classes)));
  return { label, outlier: number < settings.count && draw.between(0, 1) < settings.outliers };
}

/**
 * Draws one image: a shape of its class with random place, size and colours over a shaded, noisy ground; or, planted as
 * an outlier, a mosaic that belongs to no class and occurs once: random tiles, each with a texture of its own. The same
 * bytes on every machine.
 */
export function drawImage(settings: SyntheticSettings, number: number): DecodedImage {
  const { size, seed } = settings;
  const { label, outlier } = kindOf(settings, number);
  const pixels = new Uint8Array(size * size * 3);
  const noise = new Draw(seed, number, 2, size * size);
  const colourAt = outlier
    ? mosaic(new Draw(seed, number, 1, 512))
    : scene(new Draw(seed, number, 1, 64), label);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const grain = noise.between(-10, 10);
      const colour = colourAt((x + 0.5) / size, (y + 0.5) / size);
      for (let c = 0; c < 3; c++) {
        pixels[(y * size + x) * 3 + c] = Math.max(
          0,
          Math.min(255, Math.round((colour[c] as number) + grain)),
        );
      }
    }
  }
  return { width: size, height: size, pixels };
}

type ColourAt = (x: number, y: number) => Rgb;

function scene(draw: Draw, label: number): ColourAt {
  const shape = SHAPES[label] as (x: number, y: number) => boolean;
  const [inside, near, far] = [draw.colour(), draw.colour(), draw.colour()];
  const [middleX, middleY] = [draw.between(0.35, 0.65), draw.between(0.35, 0.65)];
  const radius = draw.between(0.22, 0.4);
  const [slopeX, slopeY] = [draw.between(0, 1), draw.between(0, 1)];
  return (x, y) => {
    if (shape((x - middleX) / radius, (y - middleY) / radius)) return inside;
    const t = (x * slopeX + y * slopeY) / 2;
    return [0, 1, 2].map((c) => (near[c] as number) * (1 - t) + (far[c] as number) * t) as Rgb;
  };
}

function mosaic(draw: Draw): ColourAt {
  const side = 3 + Math.floor(draw.between(0, 2));
  const tiles = Array.from({ length: side * side }, () => ({
    colours: [draw.colour(), draw.colour()] as const,
    shape: SHAPES[Math.floor(draw.between(0, SHAPES.length))] as (x: number, y: number) => boolean,
    scale: draw.between(0.3, 1.2),
  }));
  return (x, y) => {
    const [column, row] = [Math.floor(x * side), Math.floor(y * side)];
    const tile = tiles[row * side + column] as (typeof tiles)[number];
    const [u, v] = [(x * side - column) * 2 - 1, (y * side - row) * 2 - 1];
    return tile.colours[tile.shape(u / tile.scale, v / tile.scale) ? 0 : 1] as Rgb;
  };
}
