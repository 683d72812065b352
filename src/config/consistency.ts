import { isShare } from "../data/share.js";
import { SslMemError } from "../errors.js";
import type { Settings } from "./all-settings.js";
import { checkParts } from "./parts.js";
import type { Provenance } from "./resolve.js";

/**
 * Refuses settings that are each in range but contradict each other. A preset's sizes give way to a limit and contradict
 * none. Throws SslMemError USAGE.
 */
export function checkConsistency(settings: Settings, from: Partial<Provenance> = {}): void {
  const { shared, candidate, independent } = settings;
  for (const key of ["shared", "candidate", "independent"] as const) {
    if (settings[key] !== 1) continue;
    throw new SslMemError(
      "USAGE",
      `Expected a share below 1 or at least 2 images for --${key} but received 1, which is the share of all images and leaves none for the other subsets.`,
      `--${key} 0.1, or --${key} 2`,
    );
  }
  if (isShare(shared) && isShare(candidate) && isShare(independent)) {
    const sum = shared + candidate + independent;
    if (sum > 1 + 1e-9) {
      throw new SslMemError(
        "USAGE",
        `Expected --shared, --candidate and --independent to add up to at most 1 but received ${shared} + ${candidate} + ${independent} = ${Number(sum.toFixed(6))}.`,
      );
    }
  }
  if (candidate === 0) {
    throw new SslMemError(
      "USAGE",
      "Expected candidates to score but received 0 for --candidate.",
      "--candidate 0.1",
    );
  }
  const counts = [shared, candidate, independent];
  const isPresetSized = from.shared?.startsWith("preset:") && from.candidate?.startsWith("preset:");
  if (!isPresetSized && settings.limit !== null && counts.every((value) => !isShare(value) || value === 0)) {
    const sum = counts.reduce((a, b) => a + b, 0);
    if (sum > settings.limit) {
      throw new SslMemError(
        "USAGE",
        `Expected at most --limit ${settings.limit} images in the subsets but received ${counts.join(" + ")} = ${sum}.`,
        `--limit ${sum}, or smaller subsets`,
      );
    }
  }
  checkParts(settings.batch, settings.accumulate);
  const isAsked = /^(flag|option|file:)/.test(from.clipScope ?? "");
  if (settings.clipScope === "tensor" && settings.clipGradientNorm === null && isAsked) {
    throw new SslMemError(
      "USAGE",
      "Expected --clip-gradient-norm with --clip-scope tensor, which says what has that norm, but received none.",
      "--clip-gradient-norm 3 --clip-scope tensor, or --clip-scope all",
    );
  }
  checkAlignment(settings, from);
  if ((settings.f === null) !== (settings.g === null)) {
    throw new SslMemError(
      "USAGE",
      `Expected the weights of both encoders but received only --${settings.f === null ? "g" : "f"}.`,
      "--f f.safetensors --g g.safetensors",
    );
  }
  if (settings.f !== null && settings.network !== "auto") {
    throw new SslMemError(
      "USAGE",
      `Expected no --network with weights from elsewhere, which are scored as they are, but received ${settings.network}.`,
      "--network auto",
    );
  }
  if (settings.decode === "nvjpeg" && settings.cacheImages && from.cacheImages !== "default") {
    throw new SslMemError(
      "USAGE",
      "Expected --no-cache-images with --decode nvjpeg, since the image cache holds what sharp decoded, but received --cache-images.",
      "--decode nvjpeg --no-cache-images",
    );
  }
  if (settings.layer !== null && settings.pooling !== "auto") {
    throw new SslMemError(
      "USAGE",
      `Expected either --layer or --pooling, since the output of a captured layer is compared as it is, but received --layer ${settings.layer} and --pooling ${settings.pooling}.`,
      `--layer last --pooling ${settings.pooling}, or --layer ${settings.layer} --pooling auto`,
    );
  }
  if (settings.viewScheme === "disjoint" && settings.views % 2 !== 0) {
    throw new SslMemError(
      "USAGE",
      `Expected an even number for --views with --view-scheme disjoint but received ${settings.views}.`,
      `--views ${settings.views + 1}`,
    );
  }
}

/** An experiment that would be none: a beginning of nothing, or one that is never reached. */
function checkAlignment(
  { alignmentWeight: weight, alignmentFrom: first, epochs }: Settings,
  { alignmentFrom: origin }: Partial<Provenance>,
): void {
  if (weight === 0 && origin !== undefined && /^(flag|option|file:)/.test(origin) && first > 0)
    throw new SslMemError(
      "USAGE",
      `Expected --alignment-weight with --alignment-from ${first} but it is 0, so that nothing would begin there.`,
      `--alignment-weight 0.1 --alignment-from ${first}`,
    );
  if (weight > 0 && first >= epochs)
    throw new SslMemError(
      "USAGE",
      `Expected --alignment-from below --epochs ${epochs}, since epochs are counted from 0, but received ${first}.`,
      `--alignment-from ${epochs >> 1}, or --epochs ${first + 1}`,
    );
}
