import { SslMemError } from "../errors.js";
import { foreign } from "../text/foreign.js";
import { METHODS_PREFIXES } from "./checked-network.js";
import type { StoredTensor, StoredWeights } from "./safetensors.js";
import type { ParameterSpec } from "./types.js";
import { checkArrays, storedShape } from "./weights.js";
import { inPython } from "./what-file.js";

/** The arrays of a network, found in a file from elsewhere. */
export interface Matched {
  /** By the network's own names, all of them, of the right shapes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What stood before these names in the file. */
  readonly prefix: string;
  /** Names of the arrays that had another shape in the file and were made to fit: position embeddings of another image size. */
  readonly fitted: readonly string[];
  /** The file's other arrays: classifiers, projectors, other encoders. */
  readonly leftOut: readonly string[];
}

/** What wrappers and trainers put before an encoder's names, in any order (torch.compile, DataParallel, MoCo, lightly …). */
const WRAPPERS = ["_orig_mod", "module", "encoder_q", "encoder", "backbone", "model"];
const isWrapped = (prefix: string) =>
  prefix
    .split(".")
    .slice(0, -1)
    .every((word) => WRAPPERS.includes(word));

/** Arrays without which a vision transformer computes something else; timm's names. */
const OF_TRANSFORMERS = /^((cls|reg|dist)_token$|(norm_pre|fc_norm)\.)/;

/**
 * Finds a network's arrays in a file from elsewhere. A prefix before the names is taken off when it is the only one (or the
 * only one that wrappers make) under which all of them are there; then what is left over is left out, unless it belongs to
 * the same network: layers that this architecture does not have. An array of another shape is made to fit where its
 * specification says how.
 *
 * @param whose the file's name, for errors
 * @throws SslMemError DATA when arrays are missing, are of other shapes or formats, or belong to another network; NUMERIC as
 *   checkArrays
 */
export function matchForeign(
  specs: readonly ParameterSpec[],
  { tensors, others }: Pick<StoredWeights, "tensors" | "others">,
  whose: string,
  architecture: string,
): Matched {
  const names = new Set([...tensors.keys(), ...others.keys()]);
  const prefix = prefixOf(specs, names, whose, architecture);
  const missing = specs.filter(({ name }) => !names.has(prefix + name)).map(({ name }) => name);
  const known = new Set(specs.map(({ name }) => prefix + name));
  const rest = [...names].filter((name) => !known.has(name) && !/(^|\.)num_batches_tracked$/.test(name));
  const rooms = new Set(specs.map(({ name }) => name.slice(0, name.indexOf(".") + 1)));
  rooms.delete("");
  const ofNetwork = rest.filter((name) => {
    const own = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    return rooms.has(own.slice(0, own.indexOf(".") + 1)) || OF_TRANSFORMERS.test(own);
  });
  if (missing.length > 0)
    throw notAnEncoder([...names], specs, whose) ?? missingArrays(missing, rest, whose, architecture);
  if (ofNetwork.length > 0) throw anotherNetwork(`${some(ofNetwork)} unknown`, whose, architecture);
  const unread = specs.find(({ name }) => others.has(prefix + name));
  if (unread !== undefined) {
    const name = prefix + unread.name;
    const format = others.get(name) as string;
    throw new SslMemError(
      "DATA",
      `Expected F32, F16, BF16 or F64 for ${foreign(name)} in ${whose} but it is ${format}.`,
      format.startsWith("F8")
        ? `python -c 'from safetensors.torch import load_file, save_file; save_file({k: v.float() for k, v in load_file(${inPython(whose)}).items()}, "float32.safetensors")'`
        : "weights that are not quantised",
    );
  }
  const fitted: string[] = [];
  const found = new Map(
    specs.map((spec) => {
      const array = tensors.get(prefix + spec.name) as StoredTensor;
      const shape = storedShape(spec);
      if (spec.fit === undefined || array.shape.join() === shape.join()) return [spec.name, array] as const;
      fitted.push(spec.name);
      return [spec.name, spec.fit(array, shape)] as const;
    }),
  );
  checkArrays(specs, found, whose, architecture);
  return { tensors: found, prefix, fitted, leftOut: rest };
}

/** A sentence about what was taken of a file, what was made to fit and what was left out; null where all was taken as it stood. */
export function describeMatch({ prefix, fitted, leftOut }: Matched, whose: string): string | null {
  const said = [
    ...(prefix === "" ? [] : [`taken without the prefix "${foreign(prefix)}"`]),
    ...(fitted.length === 0 ? [] : [`fitted to the image size: ${some(fitted)}`]),
    ...(leftOut.length === 0 ? [] : [`left out: ${some(leftOut)}`]),
  ];
  return said.length === 0 ? null : `Weights of ${whose}: ${said.join("; ")}.`;
}

/** The prefix under which the network is there, or most of it. */
function prefixOf(
  specs: readonly ParameterSpec[],
  names: ReadonlySet<string>,
  whose: string,
  architecture: string,
): string {
  const counts = new Map<string, number>();
  for (const name of names)
    for (const spec of specs) {
      if (!name.endsWith(spec.name)) continue;
      const prefix = name.slice(0, name.length - spec.name.length);
      if (prefix === "" || prefix.endsWith(".")) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  const whole = [...counts].flatMap(([prefix, count]) => (count === specs.length ? [prefix] : []));
  const wrapped = whole.filter(isWrapped);
  const [only, another] = wrapped.length > 0 ? wrapped : whole;
  if (another !== undefined && only !== undefined) {
    const list = [only, another]
      .map((prefix) => (prefix === "" ? "no prefix" : `"${foreign(prefix)}"`))
      .join(" and ");
    const take = inPython(only === "" ? another : only);
    throw new SslMemError(
      "DATA",
      `Expected the weights of one ${architecture} in ${whose} but there are several, under ${list}.`,
      `python -c 'from safetensors.torch import load_file, save_file; p = ${take}; save_file({k[len(p):]: v for k, v in load_file(${inPython(whose)}).items() if k.startswith(p)}, "one.safetensors")'`,
    );
  }
  if (only !== undefined) return only;
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), ["", 0] as const)[0];
}

/** The error for another file of a checkpoint, by the names in it; null for any other. */
function notAnEncoder(
  names: readonly string[],
  specs: readonly ParameterSpec[],
  whose: string,
): SslMemError | null {
  const own = specs.map(({ name }) => `${name}.`);
  const begin = (prefixes: readonly string[]) =>
    names.length > 0 && names.every((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  const what = begin(METHODS_PREFIXES.head)
    ? "the learned arrays that a method adds to an encoder"
    : begin(METHODS_PREFIXES.state)
      ? "the state of a method"
      : begin([...own, ...METHODS_PREFIXES.head])
        ? "the state of an optimizer"
        : null;
  if (what === null) return null;
  const weights = whose.replace(/\.(head|state|optimizer)\.safetensors$/, ".safetensors");
  return new SslMemError(
    "DATA",
    `Expected the weights of an encoder in ${whose} but it holds ${what}.`,
    weights === whose
      ? "the file of the same checkpoint that is called step-N.safetensors, with nothing between"
      : `${weights}, the encoder of the same checkpoint`,
  );
}

function missingArrays(
  missing: readonly string[],
  rest: readonly string[],
  whose: string,
  architecture: string,
): SslMemError {
  if (missing.every((name) => /\.running_(mean|var)$/.test(name)))
    return new SslMemError(
      "DATA",
      `Expected the running statistics of ${architecture} in ${whose} but ${some(missing)} are missing.`,
      "the model's whole state_dict(), buffers included: inference normalises by them",
    );
  const unknown = rest.length === 0 ? "" : `; ${some(rest)} unknown`;
  return anotherNetwork(`${some(missing)} missing${unknown}`, whose, architecture);
}

const anotherNetwork = (what: string, whose: string, architecture: string) =>
  new SslMemError(
    "DATA",
    `Expected the weights of ${architecture} in ${whose} but they are of another network: ${what}.`,
    what.includes("cls_token")
      ? "--class-token for a vision transformer with one, --no-class-token for one without"
      : "--arch names the architecture; `sslmem list architectures`",
  );

/** The first three of some names, and how many more there are. */
function some(names: readonly string[]): string {
  return `${names
    .slice(0, 3)
    .map((name) => foreign(name))
    .join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}
