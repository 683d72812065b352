// Damage to JSON and YAML: one token, or a line that is legal and means something else.

const NUMBERS = [
  "-1",
  "0",
  "1e999",
  "1.5",
  "18446744073709551615",
  "9007199254740993",
  "null",
  '"3"',
  "true",
  "[]",
  "{}",
  "4294967296",
];
export const NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "",
  "__metadata__",
  "a\\u0000b",
  "hasOwnProperty",
];

/** One token of a JSON text: a number, a name, a bracket. */
export function jsonText(random, text) {
  const tokens = [...text.matchAll(/-?\d[\d.e+-]*|"(?:[^"\\]|\\.)*"|[{}[\],:]|true|false|null/g)];
  if (tokens.length === 0) return text;
  const token = random.pick(tokens);
  const before = text.slice(0, token.index);
  const after = text.slice(token.index + token[0].length);
  if (/^-?\d/.test(token[0])) return before + random.pick(NUMBERS) + after;
  if (token[0].startsWith('"')) {
    const name = JSON.stringify(random.pick(NAMES)).replaceAll("\\\\u", "\\u");
    return before + (random.chance(0.7) ? name : random.pick(NUMBERS)) + after;
  }
  switch (random.below(3)) {
    case 0: // once more what came before it
      return before + text.slice(Math.max(0, token.index - random.between(1, 40)));
    case 1:
      return (
        before +
        random.pick(["[", "{", "]", "}", ",", ":", "null", "[".repeat(10000), '{"a":'.repeat(5000)]) +
        after
      );
    default:
      return before + after;
  }
}

const YAML = [
  "epochs: &a [*a]\n",
  "a: &a [1]\nb: [*a,*a,*a,*a]\n",
  "<<: {epochs: 3}\n",
  "? [1, 2]\n: 3\n",
  "epochs: .nan\n",
  "epochs: .inf\n",
  "epochs: 1e400\n",
  "__proto__: {polluted: 1}\n",
  "constructor: 1\n",
  "epochs: !!binary aGk=\n",
  "epochs: !!js/function 'x'\n",
  "--- \nepochs: 1\n---\nepochs: 2\n",
  "epochs: 0x7fffffffffffffffff\n",
  "epochs: 12345678901234567890\n",
  "epochs: 2001-01-01\n",
  "epochs:\n  - 1\n  - 2\n",
  "views: |\n  text\n",
  "\tepochs: 1\n",
  "preset: [demo]\n",
  "preset: {a: 1}\n",
  "preset: null\n",
  "data: [a, b]\n",
  "%YAML 1.1\n---\nseed: 010\n",
  "seed: -0\n",
  "toString: 3\n",
  "'': 1\n",
  "null: 1\n",
  "1: 1\n",
  "\ufeffepochs: 1\n",
  "epochs: \u0000\n",
  "epochs: {value: 3}\n",
];

/** A line of settings more or less, or one of the texts that YAML readers stumble over. */
export function yaml(random, bytes) {
  const lines = bytes.toString("utf8").split("\n");
  const at = random.below(lines.length);
  switch (random.below(6)) {
    case 0:
      lines.splice(at, 0, lines[random.below(lines.length)]);
      break;
    case 1:
      lines.splice(at, 0, random.pick(YAML));
      break;
    case 2:
      lines[at] = lines[at].replace(
        /:.*/,
        `: ${random.pick([...NUMBERS, ".nan", "yes", "~", "'", '"', "[", "{", "&a", "*a", "!!int x", "|", ">", "@", "%"])}`,
      );
      break;
    case 3:
      lines[at] = random.pick(["[", "{a: ", "- "]).repeat(random.pick([10, 1000, 5000]));
      break;
    case 4: {
      const bomb = Array.from(
        { length: 12 },
        (_, i) =>
          `x${i}: &x${i} [${Array(9)
            .fill(i === 0 ? "1" : `*x${i - 1}`)
            .join(",")}]`,
      );
      lines.splice(at, 0, bomb.join("\n"));
      break;
    }
    default:
      return Buffer.from(jsonText(random, lines.join("\n")));
  }
  return Buffer.from(lines.join("\n"));
}

export const json = (random, bytes) => Buffer.from(jsonText(random, bytes.toString("utf8")));
