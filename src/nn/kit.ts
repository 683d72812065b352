/**
 * What architectures and methods compute with. It is handed to them, so that declaring one (for flags and help) loads no engine.
 */
export interface Kit {
  readonly tf: typeof import("../engine/tf.js");
  readonly ops: typeof import("../engine/ops/index.js");
  readonly layers: typeof import("./layers.js");
  /** Initial values, for layers that do not begin as PyTorch's. */
  readonly initial: typeof import("./initial.js");
  /** Blocks of transformers: of encoders, and for decoders and predictors. */
  readonly transformer: typeof import("./transformer.js");
}
