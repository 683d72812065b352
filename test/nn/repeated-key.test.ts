import test from "ava";
import fc from "fast-check";
import { repeatedKey } from "../../src/nn/repeated-key.js";

test("keys that stand twice in one object are found, however they are written", (t) => {
  for (const [json, key] of [
    ['{"a":1,"a":1}', "a"],
    ['{"a":1,"\\u0061" : 2}', "a"],
    ['[{"a":{"b":1,"c":[],"b":{}}}]', "b"],
    ['{"a\\\\":1,"\\"":{},"a\\\\"\n:2}', "a\\"],
    ['{"":1,"x":{"":1},"":1}', ""],
    ['{"__proto__":1,"__proto__":1}', "__proto__"],
  ] as const) {
    t.notThrows(() => JSON.parse(json), json);
    t.is(repeatedKey(json), key, json);
  }
});

test("keys of different objects, and values, are no repetitions", (t) => {
  for (const json of [
    '{"a":{"a":"a"},"b":{"a":"\\":"}}',
    '[{"a":1},{"a":1}]',
    '"a"',
    '{"a":"a","b":["a","a","{\\"a\\":1"],"A":":"}',
    '{"a":"}","b":{"c":"{"},"c":1}',
  ]) {
    t.notThrows(() => JSON.parse(json), json);
    t.is(repeatedKey(json), null, json);
  }
});

test("any JSON has none as it is written, and one where a key is put in again", (t) => {
  const values = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" }), {
    minKeys: 1,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(values, fc.boolean(), fc.nat(), (value, indent, pick) => {
      const json = JSON.stringify(value, null, indent ? 2 : 0);
      t.is(repeatedKey(json), null);
      const keys = Object.keys(value);
      const key = keys[pick % keys.length] as string;
      t.is(repeatedKey(`${json.trimEnd().slice(0, -1)},${JSON.stringify(key)}:0}`), key);
    }),
    { numRuns: 300 },
  );
});
