/**
 * A key that an object in a JSON text has twice, or null: JSON.parse takes the last of them without a word.
 *
 * @param json a text that JSON.parse takes
 */
export function repeatedKey(json: string): string | null {
  const open: Set<string>[] = [];
  const colon = /\s*:/y;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{") open.push(new Set());
    else if (character === "}") open.pop();
    if (character !== '"') continue;
    const start = at;
    for (at++; at < json.length && json[at] !== '"'; at++) if (json[at] === "\\") at++;
    colon.lastIndex = at + 1;
    if (!colon.test(json)) continue;
    const key = JSON.parse(json.slice(start, at + 1)) as string;
    const keys = open.at(-1) as Set<string>;
    if (keys.has(key)) return key;
    keys.add(key);
  }
  return null;
}
