import { real } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";

/** What sgd and lars share. */
export const momentum = setting({
  kind: real(0, 0.9999),
  default: 0.9,
  describe: "Momentum",
  group: "Training",
  step: "train",
});
