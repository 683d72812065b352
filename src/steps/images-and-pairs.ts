import { allImages, dividedImages, type RunImages } from "./divided-images.js";
import type { StepContext } from "./step-context.js";
import { type TrainedPair, trainedPairs } from "./train.js";

/**
 * What is scored: the images of a run and its pairs, or all images and the pair of weights from elsewhere that the settings name.
 * Throws SslMemError as dividedImages and trainedPairs.
 */
export async function imagesAndPairs(
  context: StepContext,
): Promise<{ images: RunImages; pairs: readonly TrainedPair[] }> {
  const { f, g } = context.run.resolved.settings;
  if (f !== null && g !== null) return { images: await allImages(context), pairs: [{ f, g }] };
  const images = await dividedImages(context);
  return { images, pairs: await trainedPairs(context, images.split) };
}
