/**
 * SQL of a number in [0, 2^32) that scatters an integer column: `ORDER BY scattered("index"), index LIMIT n` draws the same
 * n rows each time, in every version of DuckDB (its own hash() promises that of one version only). Knuth's multiplicative
 * hash: neighbours in a list are often alike, and come far apart. Its bit 16 makes two halves.
 */
export function scattered(column: string): string {
  return `(${column}::HUGEINT * 2654435761 % 4294967296)`;
}

/** The same for a column of text: MD5, as a text of hexadecimal digits. */
export function scatteredText(column: string): string {
  return `md5(${column})`;
}

/** SQL of 0 or 1: in which half of a fixed division of the rows an integer column puts a row. */
export function halfOf(column: string): string {
  return `(${scattered(column)} // 65536 % 2)`;
}
