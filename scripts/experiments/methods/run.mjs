import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));
/** bash says what a command and its threads took: processor seconds of the program and of the system for it. */
const TIMED = 'TIMEFORMAT="%U %S"; time "$@" 2>&3';

/**
 * What a command of sslmem printed, and what it took: `{ command, cpu_seconds, output }`, with the processor seconds of all
 * tries and output null before the first that ended well.
 */
export const resultOf = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * Runs a command of sslmem and keeps its result; one that is there already is not run again.
 *
 * @param {string[]} command the command line @param {string} path of the result
 * @returns {number} the command's exit code
 * @throws {Error} where the result that is there is that of another command: figures of different settings would be mixed
 */
export function sslmem(command, path) {
  const before = existsSync(path) ? resultOf(path) : { command, cpu_seconds: 0, output: null };
  if (before.command.join("\0") !== command.join("\0"))
    throw new Error(
      `expected the settings that ${path} was made with (sslmem ${before.command.join(" ")}) but received others (sslmem ${command.join(" ")}); --out names another folder`,
    );
  if (before.output !== null) return 0;
  const timed = ["-c", TIMED, "bash", process.execPath, CLI, ...command, "--format", "json"];
  const { status, stdout, stderr, error } = spawnSync("bash", timed, {
    encoding: "utf8",
    stdio: ["inherit", "pipe", "pipe", 2],
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  const code = status ?? 1;
  // A bash that was killed itself says nothing.
  const [user = 0, system = 0] = (stderr.match(/[\d.]+/g) ?? []).map(Number);
  const cpu_seconds = before.cpu_seconds + user + system;
  const output = code === 0 ? JSON.parse(stdout) : null;
  writeFileSync(`${path}.new`, `${JSON.stringify({ command, cpu_seconds, output }, null, 2)}\n`);
  renameSync(`${path}.new`, path);
  return code;
}
