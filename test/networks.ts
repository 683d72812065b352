import { buildNetwork, getArchitecture, type Network } from "../src/nn/index.js";

/** The network of a registered architecture. @param imageSize side of the images that it is built for, pixels */
export const networkNamed = (name: string, imageSize = 16): Network =>
  buildNetwork(getArchitecture(name), imageSize);

/** One architecture of each kind: what holds for the others of its kind is held by their goldens and counts. */
export const KINDS = ["resnet9", "resnet18-cifar", "resnet18", "resnet50", "vit-tiny-4"];

/** Methods that hide patches, and so train on networks of patches only. */
const HIDE_PATCHES = ["mae", "ijepa"];

/** Whether a method can train a network. */
export const canTrain = (method: string, { tokens }: Network): boolean =>
  tokens !== undefined || !HIDE_PATCHES.includes(method);

/** A small architecture that a method can train. */
export const architectureFor = (method: string): string =>
  HIDE_PATCHES.includes(method) ? "vit-tiny-4" : "resnet9";

/** Small widths of every method's own layers, for those of them that a method has settings for. */
export function smallWidths({ settings }: { readonly settings: object }): Record<string, number> {
  const widths = {
    ...{ projectorHidden: 8, projectorDim: 8, predictorHidden: 4, queueSize: 20, prototypes: 8 },
    ...{ decoderDepth: 1, decoderDim: 12, decoderHeads: 3 },
    ...{ predictorDepth: 1, predictorDim: 12, predictorHeads: 3 },
  };
  return Object.fromEntries(Object.entries(widths).filter(([key]) => key in settings));
}
