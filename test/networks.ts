import { buildNetwork, getArchitecture, type Network } from "../src/nn/index.js";

/** The network of a registered architecture. @param imageSize side of the images that it is built for, pixels */
export const networkNamed = (name: string, imageSize = 16): Network =>
  buildNetwork(getArchitecture(name), imageSize);

/** One architecture of each kind: what holds for the others of its kind is held by their goldens and counts. */
export const KINDS = ["resnet9", "resnet18-cifar", "resnet18", "resnet50", "vit-tiny-4"];
