/** Letters that a name or value from outside has at most in a sentence. */
const MOST = 120;

/**
 * A text from outside (an id, a label, a file's or an array's name, a value that was typed) as it stands in a sentence: on
 * one line, and at most so many letters long, cut in its middle, since the ends of names tell them apart. Other control
 * characters are for whoever prints it. Paths that somebody has to type again are not for this.
 */
export function foreign(text: string, most = MOST): string {
  const line = text.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
  return cutInMiddle(line, most);
}

/** A text of at most so many letters; where it is longer, "…" stands for what lies in its middle. */
export function cutInMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const letters = [...text];
  if (letters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${letters.slice(0, most - 1 - end).join("")}…${letters.slice(-end).join("")}`;
}
