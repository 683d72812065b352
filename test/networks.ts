import { buildNetwork, getArchitecture, type Network } from "../src/nn/index.js";

/** The network of a registered architecture. @param imageSize side of the images that it is built for, pixels */
export const networkNamed = (name: string, imageSize = 16): Network =>
  buildNetwork(getArchitecture(name), imageSize);
