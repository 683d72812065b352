/** What methods compute with. It is handed to them, so that declaring one (for flags and help) loads no engine. */
export interface Kit {
  readonly tf: typeof import("../engine/tf.js");
  readonly ops: typeof import("../engine/ops/index.js");
  readonly layers: typeof import("../nn/layers.js");
}
