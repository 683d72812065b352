import { join } from "node:path";
import test from "ava";
import { exceeds, parseLimit } from "../../src/run/limit.js";
import { literal, query } from "../../src/tables/index.js";
import { temporaryDirectory } from "../train/helpers.js";

test("a limit is read, or refused with an example", (t) => {
  t.deepEqual(parseLimit("0.05:0.5"), { share: 0.05, threshold: 0.5 });
  t.deepEqual(parseLimit("0:-1"), { share: 0, threshold: -1 });
  for (const text of ["", "5%", "0.5", "2:0.5", "0.5:2", "0.1:0.2:0.3", ":0.5", "0.5:"])
    t.throws(() => parseLimit(text), { code: "USAGE", message: /SHARE:THRESHOLD/ }, text);
});

test("candidates above the threshold are counted by their mean over the pairs", async (t) => {
  const part = join(temporaryDirectory(), "part.parquet");
  // Means of the candidates: 0.1, 0.5, 0.6 (1 and 0.2), 0.9; an external image above all does not count.
  await query(
    `COPY (SELECT * FROM (VALUES (0, 'candidate', 0.1, 0), (1, 'candidate', 0.5, 0), (2, 'candidate', 1.0, 0),
       (2, 'candidate', 0.2, 1), (3, 'candidate', 0.9, 0), (4, 'external', 1.0, 0)) t(index, subset, sslmem, pair))
     TO ${literal(part)} (FORMAT parquet)`,
  );
  t.deepEqual(await exceeds({ share: 0.25, threshold: 0.5 }, [part]), {
    above: 2,
    candidates: 4,
    exceeded: true,
  });
  t.deepEqual(await exceeds({ share: 0.5, threshold: 0.5 }, [part]), {
    above: 2,
    candidates: 4,
    exceeded: false,
  });
});
