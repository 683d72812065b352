/** A path as a word of a shell's command line. */
export const quoted = (path: string): string =>
  /^[\w./+:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** The path without the endings of an archive: where it is unpacked to. */
export const bare = (path: string): string => path.replace(/(\.tar)?\.[^./]+$/, "") || `${path}-unpacked`;

/** A command for one file as a loop over all files of its folder with the same ending. */
export function forAll(command: string, folder: string, path: string, ending: string): string {
  const one = command
    .split(quoted(path))
    .join('"$f"')
    .split(quoted(bare(path)))
    .join(`"\${f%${ending}}"`);
  return `for f in ${quoted(folder)}/*${ending}; do ${one}; done`;
}
