import { basename } from "node:path";
import type { Analysis } from "../analyze/index.js";
import { openStore } from "../data/index.js";
import { writeSheet } from "../report/sheet.js";
import type { RunImages } from "./divided-images.js";
import { dataOf } from "./settings-for.js";
import type { StepContext } from "./step-context.js";

/** Writes sheet.png: the most and least memorised candidates of a run, with what they are of below. Throws as writeSheet. */
export async function sheetOf({ run }: StepContext, images: RunImages, analysis: Analysis): Promise<void> {
  const { settings, preset } = run.resolved;
  const store = await openStore(images.store);
  try {
    const recipe = settings.f === null ? `preset ${preset}` : "weights from elsewhere";
    const pairs = `${analysis.pairs} pair${analysis.pairs === 1 ? "" : "s"}`;
    const subtitle = `${basename(dataOf(settings))} · ${recipe} · ${analysis.images} images · ${pairs}`;
    await writeSheet(run.paths.sheet, analysis, (index) => store.decode(index), subtitle);
  } finally {
    await store.close();
  }
}
