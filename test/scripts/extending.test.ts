// The code of docs/extending.md, put where it says, in a copy of the sources: the command line has it then.
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { transform } from "esbuild";
import { PACKAGE_ROOT as root } from "../../src/package.js";

const run = promisify(execFile);

/** A copy of what the command line needs, with the page's files in it; the line of a registry stands for its beginning. */
async function extended(): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), "sslmem-extended-"));
  for (const name of ["node_modules", "build", "schemas"]) symlinkSync(join(root, name), join(copy, name));
  for (const name of ["package.json", "CMakeLists.txt"]) cpSync(join(root, name), join(copy, name));
  cpSync(join(root, "dist", "src"), join(copy, "dist", "src"), { recursive: true });
  const compile = async (path: string, text: string) => {
    const target = join(copy, "dist", path.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, (await transform(text, { loader: "ts", target: "esnext" })).code);
  };
  const page = readFileSync(join(root, "docs", "extending.md"), "utf8");
  for (const [, path = "", more, code = ""] of page.matchAll(
    /```ts\n\/\/ (\S+?\.ts)(:.*)?\n([\s\S]*?)```/g,
  )) {
    if (more === undefined) {
      const lines = code.trimEnd().split("\n").length;
      if (lines > 40) throw new Error(`${path} takes ${lines} lines on the page.`);
      await compile(path, code);
      continue;
    }
    const [use = "", list = ""] = code.trimEnd().split("\n");
    const start = list.slice(0, list.lastIndexOf("[") + 1);
    const source = readFileSync(join(root, path), "utf8");
    if (source.split(start).length !== 2) throw new Error(`${start} is not once in ${path}.`);
    await compile(path, `${use}\n${source.replace(start, list)}`);
  }
  return copy;
}

test("a method, an optimiser and an architecture of the page are trained, gone on with and scored", async (t) => {
  const copy = await extended();
  const folder = mkdtempSync(join(tmpdir(), "sslmem-extended-run-"));
  const sslmem = async (...args: string[]) =>
    (
      await run(process.execPath, [join(copy, "dist", "src", "cli", "main.js"), ...args], {
        env: { ...process.env, SSLMEM_CACHE: join(folder, "cache") },
      })
    ).stdout;
  const listed = await sslmem("list");
  for (const name of ["rotation", "lion", "tiny"]) t.regex(listed, new RegExp(`^  ${name} `, "m"));
  t.regex(
    await sslmem("train", "--help"),
    /--lion-beta +Share of the momentum in the direction of a step\s+\(lion\)/,
  );
  const given = [
    "--method",
    "rotation",
    "--optimizer",
    "lion",
    "--lr",
    "0.001",
    "--arch",
    "tiny",
    "--lion-beta",
    "0.8",
  ];
  const sizes = [
    "--limit",
    "40",
    "--shared",
    "8",
    "--candidate",
    "16",
    "--independent",
    "16",
    "--external",
    "16",
  ];
  const rest = [
    "--epochs",
    "4",
    "--batch",
    "12",
    "--image-size",
    "8",
    "--views",
    "2",
    "--no-progress",
    "--format",
    "quiet",
  ];
  const whole = join(folder, "run");
  await sslmem("audit", "synthetic:count=60,test=20,size=16", "--run", whole, ...given, ...sizes, ...rest);
  const metrics = readFileSync(join(whole, "f", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  t.true(Number.isFinite(JSON.parse(metrics.at(-1) as string).metrics.accuracy));
  const config = JSON.parse(readFileSync(join(whole, "config.json"), "utf8"));
  t.deepEqual(config.settings["lion-beta"], { value: 0.8, from: "flag" });
  t.false("temperature" in config.settings);
  t.true(readdirSync(join(whole, "scores")).length > 0);
  const report = readFileSync(join(whole, "report.html"), "utf8");
  t.regex(report, /how often the turn is told/);
  const refused = await t.throwsAsync(
    sslmem("train", "synthetic:count=60", "--run", join(folder, "no"), "--lion-beta", "0.5"),
  );
  t.regex(String((refused as { stderr?: string }).stderr), /--lion-beta, which only lion reads/);
});
