import { openStore } from "../data/index.js";
import { writeJson } from "../files/index.js";
import { type Localization, localize } from "../localize/index.js";
import type { RunImages } from "./divided-images.js";
import { scoreRecipe } from "./score.js";
import { type StepContext, startEngine } from "./step-context.js";
import type { TrainedPair } from "./train.js";

/**
 * Finds where in the network the run's pairs memorise; writes localize.json and the tables in localize/.
 *
 * @param images most images of each subset @throws SslMemError as localize
 */
export async function localizePairs(
  context: StepContext,
  { split, store: descriptor }: RunImages,
  pairs: readonly TrainedPair[],
  images: number,
): Promise<Localization> {
  const { run, reporter, signal } = context;
  const store = await openStore(descriptor);
  try {
    await startEngine(context);
    reporter.start("localising");
    const result = await localize({
      recipe: scoreRecipe(run.resolved.settings),
      ...(run.resolved.settings.f === null && { network: run.resolved.settings.network }),
      store,
      split,
      pairs,
      images,
      directory: run.paths.localizeTables,
      signal,
      onProgress: (done, total) => reporter.update({ done, total }),
    });
    await writeJson(run.paths.localize, result);
    reporter.finish(`${result.layers.length} layers`);
    return result;
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  } finally {
    await store.close();
  }
}
