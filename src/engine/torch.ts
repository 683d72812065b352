import { SslMemError } from "../errors.js";
import type { EngineDriver } from "./types.js";

const ABSENT = {
  message: "The torch engine is not part of this build yet.",
  hint: "Use --engine tensorflow, or --engine auto.",
};

/** The engine over libtorch: named so that asking for it gets an answer, not built yet. */
export const torchDriver: EngineDriver = {
  name: "torch",
  summary: "our backend over libtorch (not part of this build yet)",
  missing: () => ABSENT,
  prepare: () => {},
  open: () => Promise.reject(new SslMemError("ENGINE", ABSENT.message, ABSENT.hint)),
};
