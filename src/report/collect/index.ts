import { existsSync } from "node:fs";
import { type Analysis, analysisSchema } from "../../analyze/index.js";
import type { Settings } from "../../config/all-settings.js";
import { LISTING_SCHEMA, listingSchema, Manifest } from "../../data/index.js";
import { SslMemError } from "../../errors.js";
import { LOCALIZE_SCHEMA, localizeSchema } from "../../localize/localization-schema.js";
import { VERSION } from "../../package.js";
import { collapsedEncoders } from "../../run/collapsed.js";
import { checked, readJson } from "../../run/json.js";
import { type RunPaths, runPaths } from "../../run/paths.js";
import { type RunRecord, readRecord } from "../../run/record.js";
import { partsOf, pointsSql } from "../../run/run-points.js";
import { scoredNetwork } from "../../run/scored-network.js";
import { REPORT_SCHEMA, type Report } from "../report-schema.js";
import { distributionsOf } from "./distributions.js";
import { findingOf, numbersOf } from "./finding.js";
import { shownImages } from "./images.js";
import { contextOf, withoutFolders } from "./report-context.js";
import { scatterOf } from "./scatter.js";
import { trainingOf } from "./training.js";

export interface Collected {
  report: Report;
  /** Null when the run has none (rows from elsewhere). */
  manifest: Manifest | null;
  parts: string[];
  /** What openSource takes to read the images again. */
  source: string | null;
}

/**
 * Gathers what the report of a run shows, out of its files alone. The pictures are not in it yet.
 *
 * @param root run directory @throws SslMemError DATA when the run has not been analysed or a file is malformed
 */
export async function collect(root: string): Promise<Collected> {
  const paths = runPaths(root);
  const content = await readJson(paths.analysis, "sslmem/analysis@1");
  if (content === null) {
    throw new SslMemError(
      "DATA",
      `Expected an analysed run in ${root} but there is no analysis.json.`,
      existsSync(paths.config) ? `sslmem audit --run ${root}` : "sslmem report RUN with a run directory",
    );
  }
  const again = `sslmem score --run ${root} makes the analysis again`;
  const analysis = checked(analysisSchema, content, paths.analysis, again);
  const located = await readJson(paths.localize, LOCALIZE_SCHEMA);
  const parts = partsOf(paths);
  const points = pointsSql(parts);
  const manifest = existsSync(paths.manifest) ? await Manifest.read(paths.manifest) : null;
  const list = (images: Analysis["most_memorized"]) =>
    shownImages(
      points,
      images.map(({ index }) => index),
      manifest,
    );
  const context = await contextOf(paths);
  const record = await readRecord(paths.config);
  const { collapsed, scored } = await encodersOf(paths, record);
  const { headline, sentences } = findingOf(analysis, context.foreign);
  const report: Report = {
    schema: REPORT_SCHEMA,
    sslmem: VERSION,
    written: new Date().toISOString(),
    ...context,
    scored,
    finding: { headline, sentences: scored === null ? sentences : [...sentences, scored.sentence] },
    numbers: numbersOf(analysis),
    listing: await listingOf(paths),
    analysis,
    distributions: await distributionsOf(points),
    scatter: await scatterOf(points),
    training: context.foreign
      ? []
      : await trainingOf(paths, {
          pairs: analysis.pairs,
          method: String(record?.settings.get("method")?.value),
        }),
    collapsed,
    localization:
      located &&
      checked(localizeSchema, located, paths.localize, `sslmem localize --run ${root} makes it again`),
    images: {
      viewsEach: null,
      most: await list(analysis.most_memorized),
      least: await list(analysis.least_memorized),
      pictures: false,
      reason: null,
    },
  };
  const data = record?.settings.get("data")?.value;
  return {
    report,
    manifest,
    parts,
    source: typeof data === "string" ? data : null,
  };
}

/** What there is to say of the encoders themselves: whether they have collapsed, and which of their networks were scored. */
async function encodersOf(paths: RunPaths, record: RunRecord | null) {
  if (record === null) return { collapsed: [], scored: null };
  const recorded = [...record.settings].map(([key, { value }]) => [key, value]);
  // Earlier versions had no choice of a network.
  const settings = { network: "auto", ...Object.fromEntries(recorded) } as Settings;
  return {
    collapsed: await collapsedEncoders(paths, settings),
    scored: await scoredNetwork(paths, settings),
  };
}

/** What listing.json says of the data set, without the folders that it lies in. */
async function listingOf(paths: RunPaths): Promise<Report["listing"]> {
  const content = await readJson(paths.listing, LISTING_SCHEMA);
  if (content === null) return null;
  const { taken } = checked(listingSchema, content, paths.listing, "--force lists the images again");
  return {
    ...taken,
    noLabels: taken.noLabels === null ? null : withoutFolders(taken.noLabels),
    notes: taken.notes.map(withoutFolders),
  };
}
