import { optimizer } from "./types.js";

/** AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), decoupled decay, as torch.optim.AdamW with its betas. */
export const adamw = optimizer({
  name: "adamw",
  summary: "AdamW (Loshchilov and Hutter 2019): Adam with decoupled decay",
  settings: {},
  slots: ["first", "second"],
  update({ weights, gradients, slot, rate, decay, step }, _settings, { ops }) {
    ops.adamwUpdate(weights, slot("first"), slot("second"), gradients, { rate, decay, step });
  },
});
