/**
 * Names of what an encoder's features are made one vector by, for --pooling. pooled: the network's own; map: the last map,
 * flattened; cls: the class token; mean: the mean of the other tokens; all: all tokens, the class token included, flattened.
 */
export const POOLINGS = ["pooled", "map", "cls", "mean", "all"] as const;

export type Pooling = (typeof POOLINGS)[number];

/** A pooling, or auto: the one that the use at hand has where nothing is said. */
export type PoolingChoice = Pooling | "auto";
