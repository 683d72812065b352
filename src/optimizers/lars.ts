import { momentum } from "./momentum.js";
import { optimizer } from "./types.js";

/** LARS (You et al. 2017, arXiv 1708.03888) in SimCLR's form; see larsUpdate. */
export const lars = optimizer({
  name: "lars",
  summary: "LARS (You et al. 2017) in SimCLR's form, for batches of thousands",
  settings: { momentum },
  slots: ["momentum"],
  update({ weights, gradients, slot, rate, decay, adapt }, { momentum }, { ops }) {
    ops.larsUpdate(weights, slot("momentum"), gradients, { rate, momentum, decay, adapt });
  },
});
