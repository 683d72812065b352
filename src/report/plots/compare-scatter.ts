import type { ComparisonReport } from "../../analyze/compare-schema.js";
import { writeWhole } from "../../files/index.js";
import { scoresPlot } from "./scores.js";

/** The page's style sheet is not there in a file of its own: its light colours, by name. */
const LIGHT: Readonly<Record<string, string>> = {
  "--ink": "#1b1f23",
  "--quiet": "#767f88",
  "--grid": "#e6e8eb",
  "--candidate": "#c85200",
};

/** Writes the scatter of the first two rankings as an SVG file that stands by itself. */
export async function writeScatter(path: string, { pairs }: ComparisonReport): Promise<void> {
  const [pair] = pairs as [ComparisonReport["pairs"][number]];
  const drawn = await scoresPlot(pair.scatter.points, [pair.first, pair.second]);
  const svg = drawn.text
    .replace(/var\((--\w+)\)/g, (whole, name: string) => LIGHT[name] ?? whole)
    .replace("<svg ", '<svg style="background:#ffffff" ');
  await writeWhole(path, svg);
}
