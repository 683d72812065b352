// Puts the probes of scripts/experiments/removal.sh together: node dist/scripts/experiments/removal/main.js DIR
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { readContext, readTrials, summarize } from "./collect.js";
import { drawSvg } from "./plot.js";
import { removalSchema } from "./schema.js";
import { formatTable, toCsv } from "./table.js";

const [root] = process.argv.slice(2);
if (root === undefined) throw new Error("Expected the folder of the experiment but received none.");
const removal = removalSchema.parse(summarize(await readTrials(root), await readContext(root)));
const svg = await drawSvg(removal);
await writeFile(join(root, "removal.json"), `${JSON.stringify(removal, null, 2)}\n`);
await writeFile(join(root, "removal.csv"), `${toCsv(removal)}\n`);
await writeFile(join(root, "removal.svg"), svg);
await sharp(Buffer.from(svg), { density: 144 }).png().toFile(join(root, "removal.png"));
console.log(formatTable(removal));
