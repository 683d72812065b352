/** `text` as an SQL string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `name` as a quoted SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * `value` as an SQL DOUBLE of the same bits. Written plainly, DuckDB takes 0.1234 for a DECIMAL: one unit off in the last
 * place for one long number in ten, and out of range when two are multiplied.
 */
export function double(value: number): string {
  return Number.isFinite(value) ? value.toExponential() : `'${value}'::DOUBLE`;
}

/** A list of Parquet files as the argument of read_parquet, as exact names: no character of a path acts as a wildcard. */
export function fileList(paths: string | readonly string[]): string {
  const all = typeof paths === "string" ? [paths] : paths;
  // In a list DuckDB still expands wildcards; a character class of the one character stands for itself.
  return `[${all.map((path) => literal(path.replace(/[*?[]/g, "[$&]"))).join(", ")}]`;
}

/** The files that a statement reads: those of every `read_parquet(${fileList(…)})` in it. */
export function filesOf(sql: string): string[] {
  const lists = [...sql.matchAll(/read_parquet\(\[((?:'(?:[^']|'')*'(?:, )?)+)\]\)/g)];
  return lists.flatMap(([, list]) =>
    [...(list as string).matchAll(/'((?:[^']|'')*)'/g)].map(([, text]) =>
      (text as string).replaceAll("''", "'").replace(/\[([*?[])\]/g, "$1"),
    ),
  );
}
