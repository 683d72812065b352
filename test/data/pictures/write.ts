// Writes every picture into a folder, for test/golden/pixels/make.py: node dist/test/data/pictures/write.js FOLDER
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pictureCases } from "./index.js";

const [folder = "pictures"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const [name, { bytes }] of await pictureCases()) writeFileSync(join(folder, name), bytes);
