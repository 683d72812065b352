import { statSync } from "node:fs";
import { dirname } from "node:path";
import { SslMemError } from "../../errors.js";
import { blamingLater, ownName } from "../../faults/index.js";
import { checkGiven } from "../../text/given.js";
import { isImageName } from "../image-names.js";
import type { Source, SourceKind, SourceOptions } from "../types.js";
import { checkedSource } from "./checked-source.js";
import { cifar } from "./cifar.js";
import { folder } from "./folder.js";
import { idx } from "./idx.js";
import { noImages, noTar } from "./no-images.js";
import { stl10 } from "./stl10.js";
import { synthetic } from "./synthetic.js";
import { tar } from "./tar.js";
import { isRunFolder, walk } from "./walk.js";

/** Every kind of source. */
const KINDS: readonly SourceKind[] = [synthetic, tar, cifar, idx, stl10, folder];

/** Names of the kinds of source. */
export function sourceKinds(): string[] {
  return ["auto", ...KINDS.map(({ kind }) => kind)];
}

/** What a kind of source is, in a few words. */
export function sourceSummary(kind: string): string {
  return KINDS.find((one) => one.kind === kind)?.summary ?? "the kind that the files at hand are";
}

/**
 * Opens a data set.
 *
 * @param data a path, or `synthetic:…` @param kind a name of sourceKinds(); "auto" looks at the files
 * @throws SslMemError DATA when there is nothing at the path or it holds no images; USAGE for an unknown kind, or when
 *   the files can be read as several kinds; for a source that does not keep its contract, now or later
 */
export async function openSource(
  data: string,
  kind = "auto",
  options: Partial<SourceOptions> = {},
): Promise<Source> {
  checkGiven("openSource", { data }, ["data"]);
  if (!sourceKinds().includes(kind)) {
    throw new SslMemError(
      "USAGE",
      `Expected one of ${sourceKinds().join(", ")} for the source kind but received "${kind}".`,
    );
  }
  await checkData(data);
  const all: SourceOptions = { orientation: "stored", sampleImage: null, ...options };
  if (kind !== "auto") checkKind(data, kind);
  const wanted = kind === "auto" ? await kindOfData(data) : KINDS.find((one) => one.kind === kind);
  const opened = await blamingLater(`open() of ${ownName("source", (wanted as SourceKind).kind)}`, () =>
    (wanted as SourceKind).open(data, all),
  );
  return checkedSource(opened);
}

async function kindOfData(data: string): Promise<SourceKind> {
  const found: SourceKind[] = [];
  if (data.startsWith("synthetic:")) return synthetic;
  for (const candidate of KINDS) {
    const what = `recognise() of ${ownName("source", candidate.kind)}`;
    if ((await blamingLater(what, () => candidate.recognise(data))) !== null) found.push(candidate);
  }
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  if (first !== undefined) {
    const kinds = found.map((one) => one.kind);
    throw new SslMemError(
      "USAGE",
      `Expected data of one kind but ${data} can be read as ${kinds.slice(0, -1).join(", ")} or as ${kinds.at(-1)}.`,
      `${kinds.map((one) => `--source-kind ${one}`).join(" or ")} (the other files are left out then)`,
    );
  }
  if (statSync(data).isFile()) throw noTar(data);
  const { leftOut } = await walk(data, { wanted: isImageName });
  throw await noImages(data, leftOut);
}

/**
 * Refuses a path at which there is nothing that can be data, and a malformed `synthetic:…`; reads no file.
 * Throws SslMemError DATA or USAGE.
 */
export async function checkData(data: string): Promise<void> {
  if (data.startsWith("synthetic:")) {
    await synthetic.open(data, { orientation: "stored", sampleImage: null });
    return;
  }
  const facts = factsOf(data);
  if (facts === null) {
    throw new SslMemError(
      "DATA",
      `Expected a folder, a tar file or synthetic:… but there is nothing at ${data}.`,
      "the path where the data are now; of a run whose data have moved, too, if the last name of the path is the same",
    );
  }
  if (!facts.isFile() && !facts.isDirectory()) {
    throw new SslMemError("DATA", `Expected a folder or a tar file but ${data} is a ${oddity(facts)}.`);
  }
  if (facts.isFile() && isImageName(data)) {
    throw new SslMemError(
      "DATA",
      `Expected a folder or a tar file but ${data} is a single image.`,
      `give the folder that it is in: ${dirname(data)}`,
    );
  }
  if (facts.isDirectory() && isRunFolder(data)) {
    throw new SslMemError(
      "DATA",
      `Expected a data set but ${data} is a run of sslmem.`,
      `--run ${data}, which has its data with it; or the path of a data set`,
    );
  }
}

/** Throws SslMemError USAGE where a kind that is asked for cannot be what is there. */
function checkKind(data: string, kind: string): void {
  const isSpec = data.startsWith("synthetic:");
  const isFile = !isSpec && statSync(data).isFile();
  const expected = kind === "synthetic" ? (isSpec ? null : "synthetic:…") : isSpec ? "a path" : null;
  const wanted = expected ?? (isFile && !KINDS.find((one) => one.kind === kind)?.isFile ? "a folder" : null);
  if (wanted === null) return;
  throw new SslMemError(
    "USAGE",
    `Expected ${wanted} for --source-kind ${kind} but received ${isFile ? "the file " : ""}${data}.`,
    "--source-kind auto looks at what is there",
  );
}

type Facts = ReturnType<typeof statSync>;

function factsOf(path: string): NonNullable<Facts> | null {
  try {
    return statSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new SslMemError(
      "DATA",
      `Expected to be able to read ${path} but it cannot be (${code}).`,
      undefined,
      { cause },
    );
  }
}

function oddity(facts: NonNullable<Facts>): string {
  if (facts.isFIFO()) return "pipe (FIFO)";
  return facts.isSocket() ? "socket" : "device";
}
