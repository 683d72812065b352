import { stat } from "node:fs/promises";
import { SslMemError } from "../../errors.js";
import type { Source, SourceKind } from "../types.js";
import { cifar } from "./cifar.js";
import { folder } from "./folder.js";
import { idx } from "./idx.js";
import { stl10 } from "./stl10.js";
import { synthetic } from "./synthetic.js";
import { tar } from "./tar.js";

/** Every kind of source, in the order in which they are tried: the plain folder last, since every folder is one. */
const KINDS: readonly SourceKind[] = [synthetic, tar, cifar, idx, stl10, folder];

/** Names of the kinds of source. */
export function sourceKinds(): string[] {
  return ["auto", ...KINDS.map(({ kind }) => kind)];
}

/**
 * Opens a data set.
 *
 * @param data a path, or `synthetic:…` @param kind a name of sourceKinds(); "auto" looks at the files
 * @throws SslMemError DATA when there is nothing at the path or it holds no images; USAGE for an unknown kind
 */
export async function openSource(data: string, kind = "auto"): Promise<Source> {
  if (!sourceKinds().includes(kind)) {
    throw new SslMemError(
      "USAGE",
      `Expected one of ${sourceKinds().join(", ")} for the source kind but received "${kind}".`,
    );
  }
  await checkData(data);
  for (const candidate of KINDS) {
    if (kind === "auto" ? await candidate.matches(data) : candidate.kind === kind)
      return candidate.open(data);
  }
  throw new SslMemError(
    "DATA",
    `Expected a folder of images or a tar file but ${data} is neither.`,
    "sslmem list sources",
  );
}

/** Refuses a path at which there is nothing, and a malformed `synthetic:…`; reads no file. Throws SslMemError DATA or USAGE. */
export async function checkData(data: string): Promise<void> {
  if (data.startsWith("synthetic:")) await (await synthetic.open(data)).close();
  else if ((await stat(data).catch(() => null)) === null) {
    throw new SslMemError(
      "DATA",
      `Expected a folder, a tar file or synthetic:… but there is nothing at ${data}.`,
    );
  }
}
