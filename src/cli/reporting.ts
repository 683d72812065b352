import { relative } from "node:path";
import type { Options } from "yargs";
import type { Reporter } from "../run/reporter.js";
import type { Call } from "./verb.js";

/** What the steps of a run tell, on the terminal. */
export function reporterOf({ output, progress }: Call): Reporter {
  return { ...progress, note: output.note, warn: output.warn };
}

/** A path as people at this terminal would type it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" ? "." : short.startsWith("..") ? path : short;
}

/** `--no-images`: for data sets whose pictures may not leave the building. */
export const IMAGES_FLAG: Options = {
  describe: "Put pictures into the report; --no-images for none",
  group: "Output:",
  type: "boolean",
  default: true,
};
