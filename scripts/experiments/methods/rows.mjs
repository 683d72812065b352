// The smallest recipes, looked for on two cores without bf16 (torch engine): few images seen often, since that is where
// memorisation shows. Of each method the settings that are not here are those of its recipe "tiny".
const flagsOf = (settings) =>
  Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
const IMAGES = {
  shared: 50,
  candidate: 150,
  independent: 150,
  external: 150,
  limit: 350,
  recipe: "tiny",
};
const RESNET = { arch: "resnet9", "image-size": 24, epochs: 100, batch: 32 };
/** Small heads and AdamW: with SGD the losses of these two hardly fell in as many steps. */
const ADAPTIVE = {
  optimizer: "adamw",
  "learning-rate": 0.001,
  "projector-dim": 128,
  "projector-hidden": 256,
};
const row = (method, settings, probe = "knn") => ({
  flags: flagsOf({ method, ...IMAGES, ...settings }),
  probe,
});

/** More images seen less often: with 200 images linear probes found nothing more than in the encoder before its training. */
const VIT = {
  ...{ arch: "vit-tiny-4", "image-size": 24, batch: 50, limit: 1250 },
  ...{ shared: 750, candidate: 250, independent: 250, external: 250 },
};

/** Name of a row: the flags of its audit, and how classes are read from its encoders (kNN; linear where that is weak). */
export const ROWS = {
  simclr: row("simclr", RESNET),
  moco: row("moco", RESNET),
  simsiam: row("simsiam", RESNET),
  byol: row("byol", RESNET),
  "barlow-twins": row("barlow-twins", { ...RESNET, ...ADAPTIVE }),
  vicreg: row("vicreg", { ...RESNET, ...ADAPTIVE }),
  supervised: row("supervised", { ...RESNET, epochs: 40 }),
  mae: row("mae", { ...VIT, epochs: 30 }, "linear"),
  ijepa: row("ijepa", { ...VIT, epochs: 15, "target-momentum": 0.98 }, "linear"),
};
