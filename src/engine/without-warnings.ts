/**
 * Runs `work` without console.warn: TensorFlow.js' union package announces, when it is loaded, that tfjs-node could be
 * installed.
 */
export async function withoutWarnings<T>(work: () => T | Promise<T>): Promise<T> {
  const warn = console.warn;
  console.warn = () => {};
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}
