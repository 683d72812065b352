import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { SslMemError } from "../errors.js";
import { asUserError, shortageBehind } from "../faults/index.js";
import { PACKAGE_ROOT } from "../package.js";
import type { Binding } from "./addon.js";

const HINT = "Run `npm run setup` in the package's folder: it compiles the native core for this machine.";

/** The Node-API that the core is built for. An older Node would crash while loading it. */
const NODE_API = 9;

/** Where the compiled core is expected. */
export function bindingPath(): string {
  return join(PACKAGE_ROOT, "build", "Release", "sslmem.node");
}

/**
 * Loads a compiled Node-API module; the only place that does, for every module of this package.
 *
 * @param path absolute path of the .node file
 * @param what its name in messages
 * @throws SslMemError ENGINE when there is no such file, this Node is too old, or the system refuses to load it
 */
export function loadNativeModule(path: string, what: string): unknown {
  if (Number(process.versions.napi) < NODE_API) {
    throw new SslMemError(
      "ENGINE",
      `Expected Node-API ${NODE_API} for ${what} but this Node (${process.version}) has ${process.versions.napi}.`,
      "Use Node 20.19 or newer.",
    );
  }
  if (!existsSync(path)) {
    throw new SslMemError("ENGINE", `Expected ${what} at ${path} but there is no such file.`, HINT);
  }
  try {
    return createRequire(import.meta.url)(path);
  } catch (cause) {
    if (shortageBehind(cause) !== null) throw asUserError(cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SslMemError(
      "ENGINE",
      `Expected to load ${what} from ${path} but the system refused: ${reason}`,
      HINT,
      {
        cause,
      },
    );
  }
}

let binding: Binding | undefined;

/** The native core, loaded at the first call. Throws SslMemError ENGINE as loadNativeModule. */
export function loadBinding(): Binding {
  binding ??= loadNativeModule(bindingPath(), "the native core") as Binding;
  return binding;
}
