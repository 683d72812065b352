import { oneOf, real, toggle } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { momentum } from "./momentum.js";
import { optimizer } from "./types.js";

/** LARS (You et al. 2017, arXiv 1708.03888), in one of its three forms; see larsUpdate. */
export const lars = optimizer({
  name: "lars",
  summary: "LARS (You et al. 2017), in SimCLR's form or later ones, for batches of thousands",
  settings: {
    momentum,
    larsForm: setting({
      kind: oneOf(["classic", "later", "solo"]),
      default: "classic",
      describe:
        "classic: the rate is in the momentum (SimCLR); later: outside of it (VICReg, Barlow Twins); solo: as later, by solo-learn's ratio",
      group: "Training",
      step: "train",
    }),
    larsTrust: setting({
      kind: real(0, 1, true),
      default: 0.001,
      describe: "Trust: a step of a parameter is this share of its norm, times the rate (solo-learn: 0.02)",
      group: "Training",
      step: "train",
    }),
    larsClip: setting({
      kind: toggle(),
      default: false,
      describe: "No parameter's adapted rate is above the learning rate",
      group: "Training",
      step: "train",
    }),
  },
  slots: ["momentum"],
  update({ weights, gradients, slot, rate, decay, adapt }, settings, { ops }) {
    const { momentum, larsForm: form, larsTrust: trust, larsClip: clip } = settings;
    const all = { rate, momentum, decay, adapt, form, trust, clip };
    ops.larsUpdate(weights, slot("momentum"), gradients, all);
  },
});
