const strict = new TextDecoder("utf-8", { fatal: true });

/** UTF-8 text. Bytes that are not UTF-8 are written \xNN, so that no two names, and no two labels, become one. */
export function textOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (!text.includes("\ufffd")) return text;
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.toString("latin1").replace(/[\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  }
}

/** A text with surrogates that stand alone, which JSON can have and UTF-8 cannot, written \uNNNN. */
export function wellFormed(text: string): string {
  return text.replace(
    /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16)}`,
  );
}
