import { vit } from "../src/nn/architectures/vit.js";
import { type Architecture, buildNetwork, getArchitecture, type Network } from "../src/nn/index.js";
import { ARCHITECTURES } from "../src/nn/registry.js";

/** The network of a registered architecture. @param imageSize side of the images that it is built for, pixels */
export const networkNamed = (name: string, imageSize = 16): Network =>
  buildNetwork(getArchitecture(name), imageSize);

/** One architecture of each kind: what holds for the others of its kind is held by their goldens and counts. */
export const KINDS = ["resnet9", "resnet18-cifar", "resnet18", "resnet50", "vit-tiny-4"];

/** Methods that hide patches, and so train on networks of patches only. */
export const HIDE_PATCHES = ["mae", "ijepa"];

/** Whether a method can train a network. */
export const canTrain = (method: string, { tokens }: Network): boolean =>
  tokens !== undefined || !HIDE_PATCHES.includes(method);

const TRIAL = vit({ name: "vit-trial-4", patch: 4, dim: 16, heads: 2, blocks: 1 });

/** Name of a small architecture that a method can train; one of patches is registered for this process. */
export function architectureFor(method: string): string {
  if (!HIDE_PATCHES.includes(method)) return "resnet9";
  const all = ARCHITECTURES as unknown as Architecture[];
  if (!all.includes(TRIAL as unknown as Architecture)) all.push(TRIAL as unknown as Architecture);
  return TRIAL.name;
}

/** Small widths of every method's own layers, for those of them that a method has settings for. */
export function smallWidths({ settings }: { readonly settings: object }): Record<string, number> {
  const widths = {
    ...{ projectorHidden: 8, projectorDim: 8, predictorHidden: 4, queueSize: 20, prototypes: 8 },
    ...{ decoderDepth: 1, decoderDim: 12, decoderHeads: 3 },
    ...{ predictorDepth: 1, predictorDim: 12, predictorHeads: 3 },
  };
  return Object.fromEntries(Object.entries(widths).filter(([key]) => key in settings));
}
