// Runs a program under a time limit and reads the JSON lines that it prints.
import { spawn } from "node:child_process";

const TAIL = 4000;

/**
 * @param {{seconds: number, cwd?: string, env?: object}} options
 * @returns {Promise<{ok: boolean, status: number | null, timedOut: boolean, seconds: number, lines: object[], tail: string}>}
 *   `lines`: what stands alone on a line as a JSON object
 */
export function run(program, args, { seconds, cwd, env = {} }) {
  return new Promise((resolve) => {
    const began = performance.now();
    // A group of its own, so that what it started ends with it.
    const child = spawn(program, args, { cwd, detached: true, env: { ...process.env, ...env } });
    let output = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // it has just ended
      }
    }, seconds * 1000);
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text) => {
        output += text;
      });
    const finish = (status, error = "") => {
      clearTimeout(timer);
      const spent = (performance.now() - began) / 1000;
      const lines = output.split("\n").flatMap((line) => parsed(line));
      const tail = `${output}${error}`.slice(-TAIL);
      resolve({ ok: status === 0 && !timedOut, status, timedOut, seconds: spent, lines, tail });
    };
    child.on("error", (error) => finish(null, String(error)));
    child.on("close", (status) => finish(status));
  });
}

function parsed(line) {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
