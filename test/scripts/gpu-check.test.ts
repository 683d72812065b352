// gpu-check.sh without a GPU: its arguments, its stages under a time limit, its rows. The whole of it in a dry run takes
// minutes: scripts/gpu-check.sh --device cpu.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import test from "ava";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const load = (name: string) => import(pathToFileURL(join(root, "scripts/gpu-check", `${name}.mjs`)).href);
const shell = (...args: string[]) =>
  spawnSync("bash", [join(root, "scripts/gpu-check.sh"), ...args], { encoding: "utf8" });

test("--help says what it will do, what must be handed over, and what its exit codes mean", async (t) => {
  const { status, stdout } = shell("--help");
  t.is(status, 0);
  const { STAGES } = await load("options");
  for (const stage of STAGES) t.true(stdout.includes(`\n  ${stage} `), stage);
  t.regex(stdout, /gpu-pack\.tar\.xz/);
  t.regex(stdout, /Exit: 0 all well; 1/);
});

test("wrong usage is exit 2, a missing package exit 3", (t) => {
  t.like(shell("--nonsense"), { status: 2 });
  t.like(shell("--out"), { status: 2 });
  const missing = shell("--pack", "/nowhere/pack.tar.xz");
  t.is(missing.status, 3);
  t.regex(missing.stderr, /gpu-pack\.sh makes it/);
});

test("options settle which stages are done and how long they may take", async (t) => {
  const { optionsOf, STAGES, UsageError } = await load("options");
  const of = (...args: string[]) => optionsOf(["--root", "/r", "--tree", "/t", ...args], {});
  t.deepEqual(
    of().stages,
    STAGES.filter((stage: string) => stage !== "proof"),
  );
  t.is(of().out, "/r/build/gpu-check.json");
  t.is(optionsOf(["--root", "/r"], { OUT: "/o" }).out, "/o/gpu-check.json");
  t.deepEqual(of("--only", "views,bench").stages, ["facts", "build", "views", "bench"]);
  t.deepEqual(of("--only", "views,nvjpeg", "--device", "cpu").stages, ["facts", "build", "views"]);
  t.false(of("--skip", "conformance").stages.includes("conformance"));
  t.true(of("--proof", root).stages.includes("proof"));
  t.is(of("--limit", "7").limitOf("build"), 7);
  t.true(of().limitOf("build") > of().limitOf("views"));
  for (const wrong of [
    ["--only", "view"],
    ["--device", "gpu"],
    ["--seconds", "0"],
    ["--limit", "soon"],
    ["--proof", "/nowhere"],
    ["--what"],
  ])
    t.throws(() => of(...wrong), { instanceOf: UsageError }, wrong.join(" "));
});

test("a program that hangs is stopped with what it started; its lines are kept", async (t) => {
  const { run } = await load("run");
  const script = 'echo \'{"check":"a","ok":true}\'; echo "{no json"; sleep 120 & wait';
  const hung = await run("bash", ["-c", script], { seconds: 5 });
  t.like(hung, { ok: false, timedOut: true, lines: [{ check: "a", ok: true }] });
  t.true(hung.seconds < 60); // not the two minutes of what it started
  t.like(await run("bash", ["-c", "exit 3"], { seconds: 5 }), { ok: false, status: 3, timedOut: false });
  t.like(await run("/nowhere/program", [], { seconds: 5 }), { ok: false, status: null });
});

test("sources are copied where they differ and nowhere else", async (t) => {
  const { syncSources } = await load("build");
  const tree = mkdtempSync(join(tmpdir(), "sslmem-tree-"));
  t.true(syncSources(root, tree) > 300);
  const copy = join(tree, "CMakeLists.txt");
  t.is(readFileSync(copy, "utf8"), readFileSync(join(root, "CMakeLists.txt"), "utf8"));
  writeFileSync(copy, "changed");
  syncSources(root, tree);
  t.not(readFileSync(copy, "utf8"), "changed");
});

test("the sources beside a pack are told from others by their bytes, whatever running them leaves there", async (t) => {
  const { sourcesHash } = await load("sources");
  const { syncSources } = await load("build");
  const tree = mkdtempSync(join(tmpdir(), "sslmem-tree-"));
  t.teardown(() => rmSync(tree, { recursive: true, force: true }));
  syncSources(root, tree);
  const packed = sourcesHash(tree);
  mkdirSync(join(tree, "benchmarks/peers/__pycache__"), { recursive: true });
  writeFileSync(join(tree, "benchmarks/peers/__pycache__/x.pyc"), "compiled");
  t.is(sourcesHash(tree), packed);
  writeFileSync(join(tree, "native/more.h"), "");
  t.not(sourcesHash(tree), packed);
});

test("ratios that are missed are those that are required, measured and below", async (t) => {
  const { missedRatios } = await load("bench");
  const rows = [
    {
      peers: [
        { ratio: 1, required: 1.3, met: false },
        { ratio: 1, aim: 2 },
      ],
    },
    { peers: [{ ratio: 2, required: 1.3, met: true }, { unmeasured: "out of time" }] },
    { peers: [] },
  ];
  t.is(missedRatios(rows), 1);
  t.is(missedRatios([]), 0);
});

test("every row of issue 5 has its peers, with the ratio that is asked for", async (t) => {
  const { rowsOf } = await load("bench");
  const rows = rowsOf({ device: "cuda:0", dry: false, seconds: 20 }) as {
    what: string;
    ours: string[];
    peers: { script: string; args: (string | number)[]; required?: number; aim?: number }[];
  }[];
  const ratios = rows.map(({ peers }) => peers.map(({ required, aim }) => [required, aim]));
  t.deepEqual(ratios, [
    [
      [10, undefined],
      [10, undefined],
    ],
    [
      [1.3, undefined],
      [undefined, 1.2],
    ],
    [
      [1, undefined],
      [undefined, 1.1],
    ],
    [
      [1, undefined],
      [undefined, 1.1],
    ],
    [[1.2, 2]],
    [],
  ]);
  for (const { ours, peers } of rows) {
    t.true(readFileSync(join(root, `benchmarks/gpu/${ours[0]}.ts`), "utf8").length > 0);
    for (const { script } of peers)
      t.true(readFileSync(join(root, "benchmarks/peers", script), "utf8").includes("--device"));
  }
});
