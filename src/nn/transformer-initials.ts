/** Names of what a vision transformer begins with: whose code is followed. transformer-schemes.ts has the values. */
export const TRANSFORMER_INITIALS = ["timm", "dino", "mae", "ijepa"] as const;

export type TransformerInitial = (typeof TRANSFORMER_INITIALS)[number];
