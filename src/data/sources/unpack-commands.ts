import { shellQuoted } from "../../text/shell-quoted.js";

/** The path without the endings of an archive: where it is unpacked to. */
export const bare = (path: string): string => path.replace(/(\.tar)?\.[^./]+$/, "") || `${path}-unpacked`;

/** A command for one file as a loop over all files of its folder with the same ending. */
export function forAll(command: string, folder: string, path: string, ending: string): string {
  const one = command
    .split(shellQuoted(path))
    .join('"$f"')
    .split(shellQuoted(bare(path)))
    .join(`"\${f%${ending}}"`);
  return `for f in ${shellQuoted(folder)}/*${ending}; do ${one}; done`;
}
