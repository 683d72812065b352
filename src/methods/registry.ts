import { namedIn } from "../settings/registry.js";
import { barlowTwins } from "./barlow-twins.js";
import { byol } from "./byol.js";
import { dino } from "./dino.js";
import { moco } from "./moco.js";
import { simclr } from "./simclr.js";
import { simsiam } from "./simsiam.js";
import { supervised } from "./supervised.js";
import type { Method } from "./types.js";
import { vicreg } from "./vicreg.js";

/** Every method there is. */
export const METHODS = [simclr, moco, simsiam, byol, dino, barlowTwins, vicreg, supervised] as const;

/** Names of the registered methods. */
export function methodNames(): string[] {
  return METHODS.map(({ name }) => name);
}

/** The method of that name. Throws SslMemError USAGE for an unknown one. */
export function getMethod(name: string): Method {
  return namedIn(METHODS as unknown as Method[], name, "method");
}
