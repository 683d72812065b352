import type { Tools } from "../optimizers/types.js";

/** What methods compute with. It is handed to them, so that declaring one (for flags and help) loads no engine. */
export interface Kit extends Tools {
  readonly layers: typeof import("../nn/layers.js");
  /** Initial values, for layers that do not begin as PyTorch's. */
  readonly initial: typeof import("../nn/initial.js");
  /** Blocks of transformers, for decoders and predictors. */
  readonly transformer: typeof import("../nn/transformer.js");
}
