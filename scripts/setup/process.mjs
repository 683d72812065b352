// Running other programs from set-up.
import { spawn, spawnSync } from "node:child_process";

/** A failure that is the machine's or the user's to mend: printed as one sentence and a hint, without a stack. */
export class SetupError extends Error {
  constructor(message, hint) {
    super(message);
    this.name = "SetupError";
    this.hint = hint;
  }
}

/**
 * Runs a program without a shell; its output appears only when it fails.
 * @returns {Promise<string>} what it wrote to standard output
 */
export function run(program, args, { cwd, env, inherit = false, hint } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: env ?? process.env, stdio: inherit ? "inherit" : "pipe" });
    const out = [];
    const all = [];
    child.stdout?.on("data", (chunk) => out.push(chunk) && all.push(chunk));
    child.stderr?.on("data", (chunk) => all.push(chunk));
    child.on("error", (error) =>
      reject(new SetupError(`Could not start ${program}: ${error.message}.`, hint)),
    );
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(out).toString());
      const tail = Buffer.concat(all).toString().trimEnd().split("\n").slice(-30).join("\n");
      const how = signal ? `was ended by ${signal}` : `exited with status ${code}`;
      reject(
        new SetupError(`${program} ${args.slice(0, 4).join(" ")} … ${how}.${tail && `\n${tail}`}`, hint),
      );
    });
  });
}

/** What `program args` prints, or null when it is absent or fails. */
export function probeAll(program, args) {
  const result = spawnSync(program, args, { encoding: "utf8", timeout: 20_000 });
  return result.error || result.status !== 0 ? null : `${result.stdout}${result.stderr}`.trim();
}

/** The first line of it. */
export const probe = (program, args) => probeAll(program, args)?.split("\n")[0] ?? null;
