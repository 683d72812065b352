// The library that lets one write-like call of a process fail (test/faults/shim.c).
import { execFileSync } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";

/** In rotation, what a call fails with; 0: it writes half of what it was given, and says so. */
export const FAULTS = ["ENOSPC", "EDQUOT", "EIO", "EFBIG", "EACCES", "SHORT"];

/** Compiles the library into a folder; returns its path. */
export function buildShim(folder) {
  const library = join(folder, "faults.so");
  const source = join(root, "test", "faults", "shim.c");
  execFileSync("cc", ["-shared", "-fPIC", "-O1", "-Wall", "-o", library, source, "-ldl"], {
    stdio: "inherit",
  });
  return library;
}

/** The environment in which the `number`-th call (0: none) under one of `paths` fails with `fault`; what it did stands in `log`. */
export function faulty(library, { paths, number, fault, log }) {
  return {
    LD_PRELOAD: library,
    UV_USE_IO_URING: "0", // its writes are no calls
    SSLMEM_FAULT_PATHS: paths.join(":"),
    SSLMEM_FAULT_NUMBER: String(number),
    SSLMEM_FAULT_ERRNO: String(fault === "SHORT" ? 0 : constants.errno[fault]),
    SSLMEM_FAULT_LOG: log,
  };
}
