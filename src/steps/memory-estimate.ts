import type { Settings } from "../config/all-settings.js";

/** Node, TensorFlow's library and its scratch space, as seen in a process that has only started the engine. */
const BASE_BYTES = 0.6 * 2 ** 30;

/** A rough figure for the memory of the largest step, and what it rests on. */
export async function estimateMemory(settings: Settings): Promise<{ bytes: number; basis: string }> {
  const { buildNetwork, getArchitecture } = await import("../nn/index.js");
  const { imageSize } = settings;
  const network = buildNetwork(getArchitecture(settings.arch, settings), imageSize);
  const parameters = network.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const perView = 4 * network.activations({ height: imageSize, width: imageSize });
  // Scoring keeps a map or two at a time, not all of them: a quarter is on the safe side.
  const views = Math.max(
    (2 * settings.batch) / settings.accumulate,
    settings.views * settings.scoreBatch * 0.25,
  );
  // Weights, gradient and the optimiser's one or two moments, 4 bytes each; gradients so far where they are accumulated.
  const copies = (settings.optimizer === "adamw" ? 4 : 3) + (settings.accumulate > 1 ? 1 : 0);
  return {
    bytes: BASE_BYTES + 4 * copies * parameters + views * perView,
    basis: `${(parameters / 1e6).toFixed(1)} million parameters, ${Math.round(views)} views at a time`,
  };
}
