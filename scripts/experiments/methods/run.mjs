import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));
/** bash says what a command and its threads took: processor seconds of the program and of the system for it. */
const TIMED = 'TIMEFORMAT="%U %S"; time "$@" 2>&3';

/**
 * Runs a command of sslmem unless its result is there already, and keeps what it prints. Its processor seconds, those of
 * earlier tries with them, stand beside the result. Ends this process with the command's exit code where that is not 0.
 *
 * @param {string[]} args the command line @param {string} result path of the JSON it prints
 */
export function sslmem(args, result) {
  if (existsSync(result)) return;
  const command = [process.execPath, CLI, ...args, "--format", "json"];
  const { status, stdout, stderr, error } = spawnSync("bash", ["-c", TIMED, "bash", ...command], {
    encoding: "utf8",
    stdio: ["inherit", "pipe", "pipe", 2],
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  const [user, system] = stderr.trim().split("\n").at(-1).split(" ").map(Number);
  writeFileSync(secondsPath(result), String(secondsOf(result) + user + system));
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(result, stdout);
}

const secondsPath = (result) => result.replace(/json$/, "seconds");

/** Processor seconds of the command whose result this is, all tries together; 0 before the first. */
export const secondsOf = (result) =>
  existsSync(secondsPath(result)) ? Number(readFileSync(secondsPath(result), "utf8")) : 0;
