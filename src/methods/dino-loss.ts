import type * as Tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";

/**
 * DINO's cross entropy (Caron et al. 2021, equations 1 and 3): what the teacher says of a global view against what the student says
 * of every other view of the image, of itself not; the mean over images and pairs of views. With p of a view's row,
 *
 *     loss = mean over images, t in {1, 2}, v ≠ t of − Σ_k p_teacher,k(t) ln p_student,k(v)
 *
 * The teacher's part is common to all views, so their logarithms are summed before the product.
 *
 * @param student float32 [images · (2 + locals), K]: logits over the student's temperature; the first global views of all images, the
 *   second ones, then the local views, those of an image side by side
 * @param teacher float32 [2 · images, K]: centred logits over the teacher's temperature, the first views, then the second ones; no
 *   gradient flows through it
 * @returns float32 scalars: the loss, and the teacher's mean entropy, in nats
 */
export function dinoLoss(
  { tf, ops }: Pick<Kit, "tf" | "ops">,
  { student, teacher }: Record<"student" | "teacher", Tf.Tensor2D>,
): Record<"loss" | "entropy", Tf.Scalar> {
  const [views, prototypes] = student.shape;
  const images = teacher.shape[0] / 2;
  const locals = views / images - 2;
  const said = tf.logSoftmax(student) as Tf.Tensor2D;
  const expected = tf.logSoftmax(teacher) as Tf.Tensor2D;
  const targets = ops.stopGradient(tf.exp(expected));
  const rowsOf = (x: Tf.Tensor2D, view: number) =>
    tf.slice(x, [view * images, 0], [images, prototypes]) as Tf.Tensor2D;
  const ofLocals = (): Tf.Tensor2D => {
    const rows = tf.slice(said, [2 * images, 0], [locals * images, prototypes]);
    return tf.sum(tf.reshape(rows, [images, locals, prototypes]), 1);
  };
  const others = [1, 0].map((view) => {
    const other = rowsOf(said, view);
    return locals === 0 ? other : (tf.add(other, ofLocals()) as Tf.Tensor2D);
  });
  const products = tf.mul(targets, tf.concat(others, 0));
  const pairs = 2 * (2 + locals) - 2;
  return {
    loss: tf.div(tf.sum(products), -images * pairs),
    entropy: tf.div(tf.sum(tf.mul(targets, expected)), -2 * images),
  };
}
