const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/**
 * Order of paths as a person counts: 2 before 10; the same on every machine. Paths are compared as runs of digits (by
 * their number, then as text) and runs of other characters (as text). Written by character, since a million paths are
 * compared some twenty million times.
 */
export function naturalOrder(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === shorter && a.length === b.length) return 0;
  const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]; // NaN at the end of the shorter
  const [digitsA, digitsB] = [isDigit(x), isDigit(y)];
  const before = at > 0 && isDigit(a.charCodeAt(at - 1));
  if ((digitsA && digitsB) || (before && (digitsA || digitsB))) return byNumber(a, b, at);
  if (at === shorter) return a.length - b.length;
  // The run of one ends here and that of the other goes on: the shorter run is a prefix, hence first.
  if (digitsA !== digitsB && at > 0 && !before) return digitsA ? -1 : 1;
  return x - y;
}

/** Compares the runs of digits around `at`, where they begin to differ. */
function byNumber(a: string, b: string, at: number): number {
  let start = at;
  while (start > 0 && isDigit(a.charCodeAt(start - 1))) start--;
  const [left, right] = [digitsFrom(a, start), digitsFrom(b, start)];
  const difference = Number(left) - Number(right);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  return left < right ? -1 : 1;
}

function digitsFrom(text: string, start: number): string {
  let end = start;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return text.slice(start, end);
}
