import { basename, join } from "node:path";
import { SslMemError } from "../../errors.js";
import { writeJson, writeWhole } from "../../files/index.js";
import { VERSION } from "../../package.js";
import { checkDifferent } from "../../run/rankings.js";
import { pointsSql } from "../../run/run-points.js";
import { checkGiven } from "../../text/given.js";
import { collect } from "../collect/index.js";
import { COMPARISON_SCHEMA, type Comparison, comparisonSchema } from "../report-schema.js";
import { agreementOf, commonPoints } from "./agreement.js";
import { renderComparison } from "./compare-page.js";

/** A comparison of two runs that has been written. */
export interface WrittenComparison {
  report: Comparison;
  /** Paths of the page and of its machine twin. */
  html: string;
  json: string;
  /** Length of the page, bytes. */
  bytes: number;
}

/**
 * Writes one page that compares two runs, and its figures as JSON beside it. Images are matched by id, so the runs may
 * have been split or ordered differently.
 *
 * @param out the page; default: report-with-<other>.html in the first run
 * @throws SslMemError DATA when one of them has not been analysed, USAGE when both are the same or `out` is no .html file
 */
export async function writeComparison(
  first: string,
  second: string,
  out?: string,
): Promise<WrittenComparison> {
  checkGiven("writeComparison", { first, second }, ["first", "second"]);
  const [nameA, nameB] = namesOf(first, second);
  const path = out ?? join(first, `report-with-${basename(second)}.html`);
  if (!path.endsWith(".html"))
    throw new SslMemError("USAGE", `Expected a file that ends with .html but received ${path}.`);
  const [a, b] = [await collect(first), await collect(second)];
  await checkDifferent([first, second]);
  const sql = [pointsSql(a.parts), pointsSql(b.parts)] as const;
  const pick = ({ report }: typeof a, name: string) => {
    const { data, preset, finding, analysis, distributions } = report;
    return { name, data, preset, finding, analysis, distributions };
  };
  const [settingsA, settingsB] = [a.report.settings, b.report.settings];
  const comparison: Comparison = {
    schema: COMPARISON_SCHEMA,
    sslmem: VERSION,
    written: new Date().toISOString(),
    runs: [pick(a, nameA), pick(b, nameB)],
    differing: Object.keys({ ...settingsA, ...settingsB })
      .map((setting) => ({
        setting,
        first: settingsA[setting]?.value ?? null,
        second: settingsB[setting]?.value ?? null,
      }))
      .filter((one) => JSON.stringify(one.first) !== JSON.stringify(one.second)),
    agreement: await agreementOf(...sql),
    scatter: await commonPoints(...sql),
  };
  comparisonSchema.parse(comparison);
  const page = await renderComparison(comparison);
  const json = path.replace(/\.html$/, ".json");
  await writeJson(json, comparison);
  await writeWhole(path, page);
  return { report: comparison, html: path, json, bytes: Buffer.byteLength(page) };
}

/** The directories' names, or more of their paths where these are the same. */
function namesOf(first: string, second: string): [string, string] {
  for (let parts = 1; parts < 4; parts++) {
    const [a, b] = [first, second].map((path) => path.split("/").slice(-parts).join("/")) as [string, string];
    if (a !== b) return [a, b];
  }
  return ["first", "second"];
}
