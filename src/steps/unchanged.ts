import type { KnownImages, Manifest, Source } from "../data/index.js";
import { bytesAsListed, changed, hexOf } from "../data/index.js";
import type { StepContext } from "./step-context.js";

const AT_ONCE = 64;

/**
 * Refuses to go on where an image that the run uses is not any more what it was when it was read: files whose size and
 * times are as known are not read, the others are. Throws SslMemError DATA naming the first; the signal's reason.
 */
export async function checkUnchanged(
  { reporter, signal }: Pick<StepContext, "reporter" | "signal">,
  source: Source,
  manifest: Manifest,
  known: KnownImages,
): Promise<void> {
  const { used } = manifest;
  // Images that are drawn are what their data set is called.
  if (used.length === 0 || source.fileOf(manifest.entry(used[0] as number)) === null) return;
  reporter.start("checking images");
  for (let start = 0; start < used.length; start += AT_ONCE) {
    signal?.throwIfAborted();
    const entries = Array.from(used.subarray(start, start + AT_ONCE), (index) => manifest.entry(index));
    // All of a group are awaited before the first fault is thrown, so that none is left behind unhandled.
    const outcomes = await Promise.allSettled(
      entries.map(async (entry) => {
        const recalled = await known.recall(entry);
        if (recalled !== undefined && "digest" in recalled) {
          if (hexOf(recalled.digest) !== entry.digest) throw changed(source, entry);
          return;
        }
        const before = await known.mark(entry);
        const bytes = await bytesAsListed(source, entry);
        const [width, height] = [entry.width, entry.height];
        known.remember(
          entry,
          { width, height, bytes: bytes.length, digest: Buffer.from(entry.digest ?? "", "hex") },
          before,
        );
      }),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      reporter.finish("stopped");
      throw outcome.reason;
    }
    reporter.update({ done: Math.min(used.length, start + AT_ONCE), total: used.length });
  }
  reporter.finish("as they were");
}
