import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Settings } from "../config/all-settings.js";
import { SslMemError } from "../errors.js";
import { otherThanFile } from "../files/index.js";
import type { Call } from "./verb.js";

/**
 * Checks weights from elsewhere before anything is listed or computed, and says what of their files is taken.
 *
 * @throws SslMemError DATA or NUMERIC, as checkWeights; USAGE where f and g are the same file, or of the same bytes
 */
export async function checkForeign(
  call: Call,
  { arch, imageSize }: Pick<Settings, "arch" | "imageSize">,
  paths: readonly string[],
): Promise<void> {
  const { checkWeights, getArchitecture } = await import("../nn/index.js");
  const [f, g] = await Promise.all(paths.map(digest));
  if (f !== undefined && f !== null && f === g) throw sameWeights(paths);
  for (const path of paths) {
    const said = await checkWeights(getArchitecture(arch), imageSize, path);
    if (said !== null) call.output.note(said);
  }
}

const sameWeights = (paths: readonly string[]) =>
  new SslMemError(
    "USAGE",
    `Expected two encoders but f and g are the same weights (${paths.join(" and ")}), which would make every score 0.`,
    "--f with the encoder that saw the candidates, --g with the one that did not",
  );

/** The same for the weights that --f and --g name; nothing to do where a run's own are scored. */
export async function checkPair(
  call: Call,
  settings: Pick<Settings, "arch" | "imageSize" | "f" | "g">,
): Promise<void> {
  const { f, g } = settings;
  if (f !== null && g !== null) await checkForeign(call, settings, [f, g]);
}

/** SHA-256 of a file; null where it cannot be read, which checkWeights says better. */
async function digest(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  try {
    if ((await otherThanFile(path)) !== null) return null; // a pipe would be waited for
    await pipeline(createReadStream(path), hash);
  } catch {
    return null;
  }
  return hash.digest("hex");
}
