import { projectorDim, projectorHidden, projectorNorm, temperature } from "./shared-settings.js";
import { checkSeveral } from "./two-views.js";
import { method } from "./types.js";

/**
 * SimCLR (Chen et al. 2020, arXiv 2002.05709): two views of each image, a projector of two layers, NT-Xent (equation 1).
 * The loss is the mean over all views, as in the paper (the authors' code sums the means of the two views, twice as much).
 * Not the authors': SGD with momentum stands where they have LARS at batches of thousands; layers of the projector begin as
 * PyTorch's and have no batch normalisation (`--projector-norm` gives the hidden one to it), where the code has one behind each.
 */
export const simclr = method({
  name: "simclr",
  summary: "SimCLR (Chen et al. 2020): two views, a projector, NT-Xent",
  settings: {
    temperature,
    projectorHidden,
    projectorDim,
    projectorNorm,
  },
  defaults: { policy: "simclr", optimizer: "sgd", momentum: 0.9, weightDecay: 1e-4 },
  recipes: {
    tiny: { learningRate: 0.12, warmup: 0.05 },
    cifar: { learningRate: 0.6, warmup: 0.1 },
    imagenet: { learningRate: 0.6, warmup: 0.1, zeroInitResidual: true },
  },
  metrics: { accuracy: "how often a view's partner is found in the batch" },
  needs: () => ({ views: [{ group: 0, count: 2 }] }),
  build(
    { dim, batch, collective },
    { temperature, projectorHidden, projectorDim, projectorNorm },
    { ops, layers },
  ) {
    checkSeveral(batch * collective.size, "SimCLR, which tells them apart");
    const hidden = projectorHidden ?? dim;
    return {
      parameters: [
        ...layers.linearSpecs("projector.0", dim, hidden, !projectorNorm),
        ...(projectorNorm ? layers.normSpecs("projector.1", hidden) : []),
        ...layers.linearSpecs("projector.3", hidden, projectorDim),
      ],
      loss({ views: [views] }, { encode, head }) {
        const inner = layers.linear(encode(views).pooled, "projector.0", head);
        const normed = projectorNorm ? layers.norm(inner, "projector.1", head) : inner;
        const projections = layers.linear(ops.relu(normed), "projector.3", head);
        const { loss, accuracy } = ops.ntXent(collective.gather(projections), temperature);
        return { loss, metrics: { accuracy } };
      },
    };
  },
});
