import type { Settings } from "../config/all-settings.js";

/** Node, TensorFlow's library and its scratch space, as seen in a process that has only started the engine. */
const BASE_BYTES = 0.6 * 2 ** 30;

/** How many numbers the arrays of one encoder's training hold. */
export interface ParameterCounts {
  readonly encoder: number;
  /** The method's own that are learned: projector, predictor, decoder, classifier. */
  readonly head: number;
  /** Those that no gradient changes: a teacher, a centre, a queue. */
  readonly state: number;
}

/** A rough figure for the memory of the largest step, and what it rests on. */
export interface MemoryEstimate {
  readonly bytes: number;
  readonly basis: string;
  readonly parameters: ParameterCounts;
}

/** What is estimated. */
interface Work {
  /** Whether encoders are trained; else they are only scored. Default true. */
  readonly trains?: boolean;
  /** Of the images, for a method that learns from labels. */
  readonly classes?: number | undefined;
}

/**
 * Estimates memory for any method, architecture and optimiser: every array, and what a training step keeps of the views that
 * the encoder keeps of the views that the method takes, or scoring of its own. What heads compute (a decoder, prototypes) and
 * teachers' passes is not counted.
 *
 * @throws SslMemError USAGE for settings that the method or the network cannot work with
 */
export async function estimateMemory(
  settings: Settings,
  { trains = true, classes }: Work = {},
): Promise<MemoryEstimate> {
  const { buildNetwork, getArchitecture } = await import("../nn/index.js");
  const { imageSize } = settings;
  const network = buildNetwork(getArchitecture(settings.arch, settings), imageSize);
  const whole = network.activations({ height: imageSize, width: imageSize });
  // Scoring keeps a map or two at a time, not all of them: a quarter is on the safe side.
  const scored = whole * settings.views * settings.scoreBatch * 0.25;
  const encoder = numbersIn(network.parameters);
  if (trains) return ofTraining(settings, { encoder, scored }, classes);
  return {
    bytes: BASE_BYTES + 4 * (2 * encoder + scored),
    basis: `two encoders of ${millions(encoder)} million parameters; ${settings.views} views of each of ${settings.scoreBatch} images at a time`,
    parameters: { encoder, head: 0, state: 0 },
  };
}

async function ofTraining(
  settings: Settings,
  { encoder, scored }: { encoder: number; scored: number },
  classes: number | undefined,
): Promise<MemoryEstimate> {
  const { getPolicy } = await import("../augment/registry.js");
  const { getOptimizer } = await import("../optimizers/registry.js");
  const { objectiveFor } = await import("./objective-for.js");
  const { imageSize, batch, accumulate } = settings;
  const { network, needs, objective } = objectiveFor(settings, classes);
  const [head, state] = [numbersIn(objective.parameters), numbersIn(objective.state ?? [])];
  const { groups } = getPolicy(settings.policy, { imageSize });
  const ofImage = needs.views.reduce((sum, { group, count }) => {
    const [height, width] = groups[group]?.size ?? [imageSize, imageSize];
    return sum + count * network.activations({ height, width });
  }, 0);
  const images = batch / accumulate;
  // Weights, gradients and the optimiser's slots; gradients so far where they are accumulated.
  const copies = 2 + getOptimizer(settings.optimizer).slots.length + (accumulate > 1 ? 1 : 0);
  const views = needs.views.reduce((sum, { count }) => sum + count, 0);
  return {
    bytes: BASE_BYTES + 4 * (copies * (encoder + head) + state + Math.max(ofImage * images, scored)),
    basis: `${millions(encoder)} million parameters in the encoder, ${millions(head)} in the head, ${millions(state)} in the state; ${views === 1 ? "a view" : `${views} views`} of each of ${images} images at a time through the encoder, without what heads and teachers make of them`,
    parameters: { encoder, head, state },
  };
}

const numbersIn = (specs: readonly { readonly shape: readonly number[] }[]): number =>
  specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

const millions = (count: number): string => (count / 1e6).toFixed(count === 0 ? 0 : count < 1e5 ? 3 : 1);
