import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { alignments, nativeDistances, purposes, randomNormal } from "../src/native/index.js";

/** One comparison with a peer: four distances of `samples` samples under unit normalisation. */
export interface AlignmentMeasurement {
  peer: string;
  threads: number;
  /** median of the peer's runs and of ours, in seconds */
  peerSeconds: number;
  seconds: number;
  /** how many times the peer's speed */
  ratio: number;
}

interface PeerOutput {
  peer: string;
  seconds: number;
  means: number[];
}

const SHAPE = { samples: 1000, views: 10, dim: 2048 };
const REPEATS = 7;

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] as number;
}

async function ours(threads: number): Promise<{ seconds: number; means: number[] }> {
  const { samples, views, dim } = SHAPE;
  const key = { seed: 0, purpose: purposes.evaluation, epoch: 0, sample: 0, view: 0 };
  const x = randomNormal(key, new Float32Array(samples * views * dim));
  const run = () => alignments(x, samples, views, dim, nativeDistances, { threads });
  const results = await run();
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    await run();
    times.push((performance.now() - start) / 1000);
  }
  return { seconds: median(times), means: results.map(({ loss }) => loss.reduce((a, b) => a + b) / samples) };
}

function peer(python: string, library: string, threads: number): PeerOutput {
  // The script lies in the sources; this file runs from dist/.
  const script = fileURLToPath(new URL("../../benchmarks/peers/alignment_peer.py", import.meta.url));
  const args = [script, "--library", library, "--threads", String(threads), "--repeats", String(REPEATS)];
  const sizes = Object.entries(SHAPE).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { status, stdout, stderr } = spawnSync(python, [...args, ...sizes], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The peer ${library} failed: ${stderr}`);
  return JSON.parse(stdout) as PeerOutput;
}

/**
 * Alignment of 1,000 samples × 10 views × 2,048 dimensions, four distances, beside NumPy and PyTorch with a batched
 * Gram matrix (benchmarks/peers/alignment_peer.py).
 *
 * @param python an interpreter that has numpy and torch
 * @param threadCounts each is measured
 * @throws when the two sides do not compute the same: both draw standard normals, so the means over all pairs agree to
 *   1 % (their spread over 45,000 pairs is far smaller)
 */
export async function measureAlignment(
  python: string,
  threadCounts = [1, 2],
): Promise<AlignmentMeasurement[]> {
  const measurements: AlignmentMeasurement[] = [];
  for (const threads of threadCounts) {
    const mine = await ours(threads);
    for (const library of ["torch", "numpy"]) {
      const other = peer(python, library, threads);
      for (const [i, mean] of mine.means.entries()) {
        const theirs = other.means[i] as number;
        if (!(Math.abs(mean - theirs) < 0.01 * theirs)) {
          throw new Error(
            `Expected a mean ${nativeDistances[i]} distance near ${theirs} (${library}) but received ${mean}.`,
          );
        }
      }
      const ratio = other.seconds / mine.seconds;
      measurements.push({
        peer: other.peer,
        threads,
        peerSeconds: other.seconds,
        seconds: mine.seconds,
        ratio,
      });
    }
  }
  return measurements;
}
