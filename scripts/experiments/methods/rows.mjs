// The smallest recipes, looked for on two cores without bf16 (torch engine): few images seen often, since that is where
// memorisation shows. Of each method the settings that are not here are those of its recipe "tiny".
const RESNET = {
  ...{ arch: "resnet9", "image-size": 24, epochs: 100, batch: 32 },
  ...{ limit: 350, shared: 50, candidate: 150, independent: 150, external: 150 },
};
/** More images seen less often: with 200 images linear probes found nothing more than in the encoder before its training. */
const VIT = {
  ...{ arch: "vit-tiny-4", "image-size": 24, batch: 50 },
  ...{ limit: 1250, shared: 750, candidate: 250, independent: 250, external: 250 },
};

/** How classes are read from the encoders of a row: kNN, or linear where that is weak. */
const row = (method, settings, probe = "knn") => ({
  flags: Object.entries({ method, recipe: "tiny", ...settings }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]),
  probe,
});

/** Name of a row: the flags of its audit, and the probe of its encoders. */
export const ROWS = {
  simclr: row("simclr", RESNET),
  moco: row("moco", RESNET),
  simsiam: row("simsiam", RESNET),
  byol: row("byol", RESNET),
  "barlow-twins": row("barlow-twins", RESNET),
  vicreg: row("vicreg", RESNET),
  supervised: row("supervised", { ...RESNET, epochs: 40 }),
  mae: row("mae", { ...VIT, epochs: 30 }, "lbfgs"),
  ijepa: row("ijepa", { ...VIT, epochs: 15, "target-momentum": 0.98 }, "lbfgs"),
};
