import test from "ava";
import { WorkerTally } from "../../src/score/worker-progress.js";

test("each worker's parts, images and speed are its own", (t) => {
  const tally = new WorkerTally();
  t.deepEqual(tally.workers, []);
  tally.hear({ worker: 1, device: "cuda:1" }, 3000);
  tally.hear({ worker: 0, device: "cuda:0" }, 1000);
  tally.hear({ worker: 0, scored: 10 }, 2000);
  tally.hear({ worker: 1, note: "a note is no work" }, 3500);
  tally.hear({ worker: 0, scored: 30 }, 5000);
  tally.finished(0);
  tally.finished(7); // has told nothing: no device, no row
  t.deepEqual(tally.workers, [
    { worker: 0, device: "cuda:0", parts: 1, images: 40, imagesPerSecond: 10 },
    { worker: 1, device: "cuda:1", parts: 0, images: 0, imagesPerSecond: null },
  ]);
});
