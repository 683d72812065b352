import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import opentype from "opentype.js";

const require = createRequire(import.meta.url);
const fonts = new Map<string, opentype.Font>();

/** A font out of an npm package: the machine may have none. Weight 400 or 700. */
export function font(weight: 400 | 700): opentype.Font {
  const name = `@fontsource/roboto/files/roboto-latin-${weight}-normal.woff`;
  let loaded = fonts.get(name);
  if (loaded === undefined) {
    const bytes = readFileSync(require.resolve(name));
    loaded = opentype.parse(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    );
    fonts.set(name, loaded);
  }
  return loaded;
}
