/** Value and gradient of a smooth function at a point. */
export interface Evaluation {
  value: number;
  gradient: Float64Array;
}

export interface Minimum extends Evaluation {
  x: Float64Array;
  iterations: number;
  /** The largest element of the gradient is below the tolerance; else the function fell no further, or time was up. */
  converged: boolean;
}

/** Pairs of steps and gradient differences that stand for the inverse Hessian, as in SciPy. */
const HISTORY = 10;
/** Sufficient decrease and curvature of the weak Wolfe conditions (Nocedal and Wright 2006, section 3.1). */
const DECREASE = 1e-4;
const CURVATURE = 0.9;
/**
 * Near a minimum the decrease drowns in the rounding of the value (float32 products, some 1e-7 of it), but the slope does
 * not: there the approximate Wolfe condition of Hager and Zhang 2005 (equations 1.7 and 1.8) takes over.
 */
const ROUNDING = 1e-6;
const SLOPE_DECREASE = 0.1;

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};

const moved = (x: Float64Array, by: Float64Array, step: number) =>
  x.map((value, i) => value + step * (by[i] as number));

/**
 * Minimises a smooth function by L-BFGS (Nocedal and Wright 2006, algorithm 7.4), with a line search by bisection for the
 * weak Wolfe conditions, or their approximate form.
 *
 * @param tolerance of the largest absolute element of the gradient
 */
export function minimize(
  evaluate: (x: Float64Array) => Evaluation,
  start: Float64Array,
  { tolerance = 1e-6, iterations = 1000 }: { tolerance?: number; iterations?: number } = {},
): Minimum {
  let x = start;
  let here = evaluate(x);
  const history: { step: Float64Array; change: Float64Array; curvature: number }[] = [];
  const isFlat = ({ gradient }: Evaluation) => gradient.every((g) => Math.abs(g) <= tolerance);
  let done = 0;
  for (; done < iterations && !isFlat(here); done++) {
    const direction = descent(here.gradient, history);
    // Without a history the direction is the gradient, whose length says nothing about the step's.
    const first = history.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(here.gradient, here.gradient))) : 1;
    const found = search(evaluate, x, here, direction, first);
    if (found === null) break;
    const step = found.x.map((value, i) => value - (x[i] as number));
    const change = found.at.gradient.map((value, i) => value - (here.gradient[i] as number));
    const curvature = dot(step, change);
    if (curvature > 0) history.push({ step, change, curvature });
    if (history.length > HISTORY) history.shift();
    [x, here] = [found.x, found.at];
  }
  return { x, ...here, iterations: done, converged: isFlat(here) };
}

/** −H g by the two-loop recursion. */
function descent(
  gradient: Float64Array,
  history: readonly { step: Float64Array; change: Float64Array; curvature: number }[],
): Float64Array {
  let q = gradient.map((g) => -g);
  const weights: number[] = [];
  for (const { step, change, curvature } of [...history].reverse()) {
    const weight = dot(step, q) / curvature;
    weights.push(weight);
    q = moved(q, change, -weight);
  }
  const last = history.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change);
    q = q.map((value) => value * scale);
  }
  for (const { step, change, curvature } of history)
    q = moved(q, step, (weights.pop() as number) - dot(change, q) / curvature);
  return q;
}

/** A point along the direction that fulfils the weak Wolfe conditions; null when none is found within the rounding. */
function search(
  evaluate: (x: Float64Array) => Evaluation,
  x: Float64Array,
  from: Evaluation,
  direction: Float64Array,
  first: number,
): { x: Float64Array; at: Evaluation } | null {
  const slope = dot(from.gradient, direction);
  if (!(slope < 0)) return null;
  let [low, high, step] = [0, Number.POSITIVE_INFINITY, first];
  for (let trial = 0; trial < 50; trial++) {
    const candidate = moved(x, direction, step);
    const at = evaluate(candidate);
    const slopeThere = dot(at.gradient, direction);
    const falls = at.value <= from.value + DECREASE * step * slope;
    const isLevel =
      at.value <= from.value + ROUNDING * Math.abs(from.value) &&
      slopeThere <= (2 * SLOPE_DECREASE - 1) * slope;
    if (!falls && !isLevel) high = step;
    else if (slopeThere < CURVATURE * slope) low = step;
    else return { x: candidate, at };
    step = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
  }
  return null;
}
