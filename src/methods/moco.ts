import type * as Tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";
import { integer, real } from "../settings/kinds.js";
import { setting } from "../settings/setting.js";
import { averagedCopy } from "./averaged-copy.js";
import { projectorDim, projectorHidden, temperature } from "./shared-settings.js";
import { twoViews } from "./two-views.js";
import { method } from "./types.js";

const KEY = "state.key.";
const QUEUE = "state.queue";

/**
 * InfoNCE of queries, each with one right key and the same wrong ones (equation 1), averaged over queries.
 *
 * @param q, keys float32 [n, d], rows of norm 1 @param queue float32 [K, d], the same @param temperature τ > 0
 * @returns loss, and how often the right key is nearer than every other
 */
export function infoNce(
  { tf, ops }: Pick<Kit, "tf" | "ops">,
  { q, keys, queue }: Record<"q" | "keys" | "queue", Tf.Tensor2D>,
  temperature: number,
): Record<"loss" | "accuracy", Tf.Scalar> {
  const right = tf.div(tf.sum(tf.mul(q, keys), 1, true), temperature) as Tf.Tensor2D;
  const wrong = tf.div(ops.matMul32(q, queue, false, true), temperature) as Tf.Tensor2D;
  const each = tf.sub(tf.logSumExp(tf.concat([right, wrong], 1), 1, true), right);
  const hits = tf.greater(right, tf.max(wrong, 1, true));
  return { loss: tf.mean(each) as Tf.Scalar, accuracy: tf.mean(tf.cast(hits, "float32")) as Tf.Scalar };
}

/**
 * MoCo v2 (Chen et al. 2020, arXiv 2003.04297; He et al. 2020, arXiv 1911.05722, equations 1 and 2; the authors' code
 * facebookresearch/moco): a view's query is told from keys of other images by the key of the other view. Keys are made by a
 * moving average of encoder and projector, through which no gradient flows and which normalises by batches of its own; wrong keys
 * are those of earlier steps, in a queue that begins as random directions. The authors average before the keys of a step are made;
 * here it is done after the update of the step before, which gives the same keys, since both networks begin equal. Parameters
 * are averaged, running statistics are not. As in the authors' code everything is decayed, biases and normalisations too. The
 * trained encoder is scored. Not theirs: batches are not shuffled among processes (that keeps one process' batch
 * statistics from telling its keys; a single process has none to shuffle with), and the cosine falls by step, not by epoch.
 */
export const moco = method({
  name: "moco",
  summary: "MoCo v2 (Chen et al. 2020): two views, a momentum encoder, a queue of keys",
  settings: {
    temperature,
    projectorHidden,
    projectorDim,
    queueSize: setting({
      kind: integer(1, 16_777_216),
      default: 65_536,
      describe: "Keys of earlier steps that a query is told from",
      group: "Training",
      step: "train",
    }),
    keyMomentum: setting({
      kind: real(0, 1),
      default: 0.999,
      describe: "Share of the key encoder that a step keeps",
      group: "Training",
      step: "train",
    }),
  },
  defaults: { policy: "moco", optimizer: "sgd", momentum: 0.9, warmup: 0, temperature: 0.2 },
  recipes: {
    tiny: { learningRate: 0.03, weightDecay: 5e-4, queueSize: 512, keyMomentum: 0.99 },
    cifar: { learningRate: 0.24, weightDecay: 5e-4, queueSize: 4096, keyMomentum: 0.99 },
    imagenet: { learningRate: 0.06, weightDecay: 1e-4, queueSize: 65_536, keyMomentum: 0.999 },
  },
  metrics: { accuracy: "how often a view's partner is nearer than every key of the queue" },
  needs: (_settings, _network, policy) => twoViews(policy),
  build({ dim, encoder }, settings, kit) {
    const { temperature, projectorHidden, projectorDim, queueSize, keyMomentum } = settings;
    const { tf, ops, layers } = kit;
    const hidden = projectorHidden ?? dim;
    const projector = [
      ...layers.linearSpecs("projector.0", dim, hidden),
      ...layers.linearSpecs("projector.2", hidden, projectorDim),
    ];
    const copy = averagedCopy(kit, KEY, [...encoder, ...projector]);
    return {
      parameters: projector,
      // Wrong keys are the queue's, of earlier steps.
      sampleWise: true,
      state: [...copy.state, layers.directionsSpec(QUEUE, queueSize, projectorDim)],
      rules: [{ matches: () => true, decay: (_own, all) => all }],
      loss({ views }, { encode, head }) {
        const [one, other] = views as [Tf.Tensor4D, Tf.Tensor4D];
        const unit = (x: Tf.Tensor2D, prefix: string) => {
          const inner = ops.relu(layers.linear(x, `${prefix}projector.0`, head));
          return ops.unitRows(ops.inFloat32(layers.linear(inner, `${prefix}projector.2`, head)));
        };
        const q = unit(encode(one).pooled, "");
        const keys = ops.withoutGradient(() => unit(encode(other, { arrays: KEY }).pooled, KEY));
        const queue = head.weights.get(QUEUE) as unknown as Tf.Tensor2D;
        const { loss, accuracy } = infoNce(kit, { q, keys, queue }, temperature);
        return { loss, metrics: { accuracy }, carry: { keys } };
      },
      after({ head }, { keys }) {
        copy.update(head, 1 - keyMomentum);
        const queue = head.weights.get(QUEUE) as Tf.Variable;
        // The newest keys in front; the oldest fall out at the end.
        const next = tf.slice(
          tf.concat([keys as Tf.Tensor2D, queue as unknown as Tf.Tensor2D], 0),
          0,
          queueSize,
        );
        ops.overwrite([queue], [next]);
      },
    };
  },
});
