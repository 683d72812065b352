// What surrounds a command: streams that are closed early, names that would steer a terminal, files that are none.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { cacheRoot } from "../../src/cache/cache-root.js";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const cwd = temporaryDirectory();
const WAITS_MS = 120_000;

/** Runs a line of the shell in which $S is sslmem; null when it hangs. */
async function shell(line: string): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn("bash", ["-c", line], {
    cwd,
    env: { ...process.env, CI: "1", S: CLI, N: process.execPath, SSLMEM_CACHE: join(cwd, "cache") },
    timeout: WAITS_MS,
  });
  let [out, error] = ["", ""];
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (error += text));
  const [code] = await once(child, "close");
  return { code, out, error };
}

test("a reader of stdout that leaves early ends a command with 0", async (t) => {
  const { out } = await shell('"$N" "$S" list --format json | head -c 1; set -- $PIPESTATUS; echo $1');
  t.is(out, "{0\n");
});

test("a full disk behind stdout is told, exit 2", async (t) => {
  const { code, error } = await shell('"$N" "$S" list policies > /dev/full');
  t.is(code, 2);
  t.regex(error, /^sslmem: The disk is full: there is no room for standard output\./);
});

test("when nobody reads stderr any more, the work goes on to its end", async (t) => {
  const line =
    '{ "$N" "$S" split synthetic:count=40,size=16 --run quiet; echo $? >&3; } 3>&1 >/dev/null 2> >(head -c 1 >/dev/null)';
  const { out } = await shell(line);
  t.is(out, "0\n");
  t.true(existsSync(join(cwd, "quiet", "split.parquet")));
  t.deepEqual(
    readdirSync(join(cwd, "quiet")).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("a name with control characters reaches the terminal written out", async (t) => {
  const name = "evil\u001b]0;title\u0007\u202egpj";
  mkdirSync(join(cwd, name));
  const { code, out, error } = await shell(`"$N" "$S" split './${name}' --run steered`);
  t.is(code, 3, error);
  t.true(error.includes("evil\\x1b]0;title\\x07\\u202egpj"), error);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  t.notRegex(out + error, /[\u001b\u0007\u202e]/);
});

for (const [what, line, status, words] of [
  [
    "a pipe for --config",
    "mkfifo c; $N $S split synthetic:count=9 --config c",
    2,
    /cannot read c: it is a pipe/,
  ],
  ["/dev/zero for --config", "$N $S split synthetic:count=9 --config /dev/zero", 2, /it is a device/],
  [
    "a pipe for --exclude",
    "mkfifo x; $N $S split synthetic:count=40,size=16 --exclude x --run e",
    3,
    /at .*x but it is a pipe/,
  ],
  [
    "a folder for --out",
    "mkdir o; $N $S embed synthetic:count=9 --weights w --out o",
    2,
    /name of a file to write but o is a folder/,
  ],
  [
    "/dev/null for --out",
    "$N $S embed synthetic:count=9 --weights w --out /dev/null",
    2,
    /it is a device|is a device/,
  ],
  [
    "a pipe for --weights",
    "mkfifo w; $N $S embed synthetic:count=9 --weights w --out e.parquet",
    3,
    /w is a pipe/,
  ],
  [
    "a folder that is gone",
    "mkdir gone; cd gone; rmdir ../gone; $N $S split synthetic:count=9",
    2,
    /was started in/,
  ],
] as const) {
  test(`${what}: no hang, exit ${status}, one sentence`, async (t) => {
    const { code, error } = await shell(line);
    t.is(code, status, error);
    t.regex(error, words);
  });
}

test("without a home of its own the cache has a place that is absolute", (t) => {
  t.is(cacheRoot({ SSLMEM_CACHE: "/c" }), "/c");
  t.is(cacheRoot({ HOME: "/h" }), "/h/.cache/sslmem");
  for (const HOME of ["", "relative", undefined]) {
    const root = cacheRoot({ HOME });
    t.true(root.startsWith("/"), root);
    t.true(root.endsWith("/.cache/sslmem") || root.startsWith(tmpdir()), root);
  }
});
