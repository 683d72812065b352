import { real } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { optimizer } from "./types.js";

/** AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), decoupled decay, as torch.optim.AdamW. */
export const adamw = optimizer({
  name: "adamw",
  summary: "AdamW (Loshchilov and Hutter 2019): Adam with decoupled decay",
  settings: {
    beta1: setting({
      kind: real(0, 0.9999),
      default: 0.9,
      describe: "Share of the gradients' average that a step keeps",
      group: "Training",
      step: "train",
    }),
    beta2: setting({
      kind: real(0, 0.999999),
      default: 0.999,
      describe: "Share of their squares' average that a step keeps (0.95 for MAE)",
      group: "Training",
      step: "train",
    }),
  },
  slots: ["first", "second"],
  update({ weights, gradients, slot, rate, decay, step }, { beta1, beta2 }, { ops }) {
    const settings = { rate, decay, step, beta1, beta2 };
    ops.adamwUpdate(weights, slot("first"), slot("second"), gradients, settings);
  },
});
