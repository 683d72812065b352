import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../package.js";

/** What set-up wrote beside the compiled TensorFlow binding (scripts/setup/tensorflow-binding.mjs). */
export interface BindingFacts {
  /** The .node file. */
  path: string;
  /** TensorFlow's version. */
  version: string;
  /** "cpu" or "gpu": which wheel it is linked to. */
  flavour: string;
  /** Folder of libtensorflow_cc. */
  lib: string;
}

/** The compiled TensorFlow binding, or null when set-up has not made it or the library it needs is gone. */
export function locateBinding(root = PACKAGE_ROOT): BindingFacts | null {
  const path = join(root, "build", "tensorflow", "tfjs_binding.node");
  const facts = join(root, "build", "tensorflow", "build.json");
  if (!existsSync(path) || !existsSync(facts)) return null;
  const { version, flavour, lib } = JSON.parse(readFileSync(facts, "utf8")) as Omit<BindingFacts, "path">;
  return existsSync(lib) ? { path, version, flavour, lib } : null;
}
