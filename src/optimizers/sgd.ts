import { momentum } from "./momentum.js";
import { optimizer } from "./types.js";

/** SGD with momentum, as torch.optim.SGD: v ← m v + g + λ w, w ← w − η v. */
export const sgd = optimizer({
  name: "sgd",
  summary: "stochastic gradient descent with momentum",
  settings: { momentum },
  slots: ["momentum"],
  update({ weights, gradients, slot, rate, decay }, { momentum }, { ops }) {
    ops.sgdUpdate(weights, slot("momentum"), gradients, { rate, momentum, decay });
  },
});
