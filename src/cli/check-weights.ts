import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Settings } from "../config/all-settings.js";
import { otherThanFile } from "../files/index.js";
import type { Call } from "./verb.js";

/**
 * Checks weights from elsewhere before anything is listed or computed, and says what of their files is taken; warns when f
 * and g are the same file.
 *
 * @throws SslMemError DATA or NUMERIC, as checkWeights
 */
export async function checkForeign(call: Call, settings: Settings, paths: readonly string[]): Promise<void> {
  const { arch, imageSize } = settings;
  const { checkWeights, getArchitecture } = await import("../nn/index.js");
  const [f, g] = await Promise.all(paths.map(digest));
  const isSame = f !== undefined && f !== null && f === g;
  if (isSame)
    call.output.warn(`f and g are the same weights (${paths.join(" and ")}): every score will be 0.`);
  for (const path of isSame ? paths.slice(0, 1) : paths) {
    const said = await checkWeights(getArchitecture(arch, settings), imageSize, path);
    if (said !== null) call.output.note(said);
  }
}

/** The same for the weights that --f and --g name; nothing to do where a run's own are scored. */
export async function checkPair(call: Call, settings: Settings): Promise<void> {
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
