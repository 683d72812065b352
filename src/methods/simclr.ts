import { ntXent, relu } from "../engine/ops/index.js";
import type * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { linear, linearSpecs, norm, normSpecs } from "../nn/layers.js";
import type { Method } from "./types.js";

/** SimCLR: two views, a projector of two layers, NT-Xent. */
export const simclr: Method = {
  name: "simclr",
  summary: "SimCLR (Chen et al. 2020): two views, a projector, NT-Xent",
  views: [2],
  check({ temperature, projectorDim }, batch) {
    if (!(temperature > 0))
      throw new SslMemError("USAGE", `Expected a temperature above 0 but received ${temperature}.`);
    if (!(projectorDim >= 1))
      throw new SslMemError(
        "USAGE",
        `Expected a projection of length 1 or more but received ${projectorDim}.`,
      );
    if (batch < 2)
      throw new SslMemError(
        "USAGE",
        `Expected a batch of at least 2 images for SimCLR but received ${batch}.`,
        "--batch 128",
      );
  },
  headParameters(dim, { projectorHidden, projectorDim, projectorNorm }) {
    const hidden = projectorHidden ?? dim;
    return [
      ...linearSpecs("projector.0", dim, hidden, !projectorNorm),
      ...(projectorNorm ? normSpecs("projector.1", hidden) : []),
      ...linearSpecs("projector.3", hidden, projectorDim),
    ];
  },
  loss([views], { encode, head, settings }) {
    const hidden = linear(encode(views as tf.Tensor4D), "projector.0", head);
    const normed = settings.projectorNorm ? norm(hidden, "projector.1", head) : hidden;
    return ntXent(linear(relu(normed), "projector.3", head), settings.temperature);
  },
};
