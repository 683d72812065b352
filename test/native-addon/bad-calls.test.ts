// Every way to call the binding wrongly: an error that names the argument, never a crash.
import test from "ava";
import { purposes, randomUniform } from "../../src/native/index.js";
import { alignmentCalls } from "./bad-calls/alignment.js";
import { binding, floats, key, replay } from "./bad-calls/bad-call.js";
import { chainCalls } from "./bad-calls/chains.js";
import { packCalls } from "./bad-calls/packs.js";
import { randomCalls } from "./bad-calls/random.js";
import { viewCalls } from "./bad-calls/views.js";

const calls = [...randomCalls, ...chainCalls, ...packCalls, ...viewCalls, ...alignmentCalls];

for (const [name, call, kind, part] of calls) {
  test(`BAD CALL: ${name}`, async (t) => {
    const error = await t.throwsAsync(async () => call());
    t.is(error?.name, kind, error?.message);
    t.true(error?.message.includes(part), `"${error?.message}" lacks "${part}"`);
  });
}

test("every function of the binding is called wrongly above", (t) => {
  const source = calls.map(([, call]) => call.toString()).join("\n");
  for (const name of Object.keys(binding)) {
    const called = { alignment: "align(", applyViews: "replay(" }[name] ?? `.${name}(`;
    if (name !== "buildInfo") t.true(source.includes(called), name);
  }
});

/** Numbers in [0, n), the same in every run. */
function* dice(count: number): Generator<(n: number) => number> {
  const values = randomUniform({ ...key, purpose: purposes.evaluation }, new Float32Array(count * 64));
  for (let trial = 0; trial < count; trial++) {
    let at = 64 * trial;
    yield (n) => Math.floor((values[at++] ?? 0) * n);
  }
}

test("PROPERTY: whatever objects come as transforms and operations, the answer is a result or a sentence", async (t) => {
  const names =
    "transform op size p mean std padding hue sigma kernel_size threshold scale interpolation fill".split(
      " ",
    );
  const kinds =
    "center_crop resize random_crop normalize gaussian_blur color_jitter crop pad invert solarize".split(" ");
  const values: unknown[] = [
    0,
    1,
    3,
    8,
    0.5,
    -1,
    2 ** 24,
    1e300,
    Number.NaN,
    -Infinity,
    null,
    undefined,
    true,
    "edge",
    "",
    {},
    [],
    [[1]],
    [3, 3],
    [1, 2, 3],
    [1, 2, 3, 4],
    [0.1, 0.2],
    [3, null],
    new Array(9),
    new Date(),
    /x/,
    7n,
    Symbol("s"),
    floats(2),
    new Proxy({}, {}),
  ];
  let accepted = 0;
  let refused = 0;
  for (const roll of dice(4000)) {
    const objects = Array.from({ length: roll(4) }, () => {
      const kind = kinds[roll(kinds.length)];
      const fields = Array.from({ length: roll(4) }, () => [
        names[roll(names.length)],
        values[roll(values.length)],
      ]);
      return roll(12) === 0
        ? values[roll(values.length)]
        : { transform: kind, op: kind, ...Object.fromEntries(fields) };
    });
    const only = (kept: string) =>
      objects.map((one) => {
        if (typeof one !== "object" || one === null || !("op" in one)) return one;
        const { transform, op, ...rest } = one as { transform?: unknown; op?: unknown };
        return { [kept]: kept === "op" ? op : transform, ...rest };
      });
    for (const call of [() => binding.createChain(only("transform")), () => replay([only("op")])]) {
      try {
        await call();
        accepted++;
      } catch (error) {
        refused++;
        t.regex((error as Error).message, /^(Expected|Unknown|operation list 0: Expected) .{10,}/s);
        t.true(error instanceof TypeError || error instanceof RangeError, String(error));
      }
    }
  }
  t.true(accepted > 100 && refused > 1000, `${accepted} accepted, ${refused} refused`);
});
