// Runs tfjs-core's own conformance suite (its npm package ships it) on an engine: `node run.mjs tensorflow|torch`, on the
// CPU or with `--device cuda:0`. `--bundle` only makes the bundle, `--rebuild` makes it again.
// Prints the failures and, last, `N passed, N failed`. Exit 1 on a failure or when fewer specs ran than MINIMUM.
//
// The suite's files are ESM in a package that does not say so, and import without extensions: esbuild makes one file of
// them. `--ignore-annotations` keeps the imports that are there for their effects.
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bundle = join(root, "build", "conformance", "tests.mjs");

async function bundleSuite() {
  const { build } = await import("esbuild"); // not on a GPU machine, which gets the bundle (scripts/gpu-pack.sh)
  mkdirSync(join(root, "build", "conformance"), { recursive: true });
  const entry = `
    import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
    import "@tensorflow/tfjs-core/dist/register_all_gradients";
    import "./test/conformance/environments.mjs";
    import "@tensorflow/tfjs-core/dist/tests";`;
  await build({
    stdin: { contents: entry, resolveDir: root },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: bundle,
    ignoreAnnotations: true,
    logLevel: "error",
    mainFields: ["module", "main"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
}

/** Kernels of tfjs-core's list that are missing but not among `absent`, or the other way round. */
async function differingKernels(absent) {
  const tf = await import(pathToFileURL(join(root, "dist/src/engine/tf.js")).href);
  // Each is exported as a constant of its own name.
  const names = Object.keys(tf).filter((name) => tf[name] === name);
  const missing = names.filter((name) => tf.getKernel(name, tf.getBackend()) === undefined);
  if (names.length < 150) return ["list itself (fewer names are exported than expected)"];
  return [
    ...missing.filter((name) => !absent.includes(name)),
    ...absent.filter((name) => !missing.includes(name)),
  ];
}

const engine = process.argv[2] ?? "tensorflow";
process.env.SSLMEM_CONFORMANCE = engine;
const { ABSENT, EXCLUSIONS, MINIMUM } = await import(`./exclusions-${engine}.mjs`);
const all = process.argv.includes("--all");
const bundleOnly = process.argv.includes("--bundle");
if (!existsSync(bundle) || bundleOnly || process.argv.includes("--rebuild")) await bundleSuite();
if (bundleOnly) process.exit(0);
const { openEngine } = await import(pathToFileURL(join(root, "dist/src/engine/index.js")).href);
const at = process.argv.indexOf("--device");
const device = at < 0 ? "cpu" : process.argv[at + 1];
await openEngine({ engine, device, precision: "fp32" });
const unlisted = ABSENT === undefined ? [] : await differingKernels(ABSENT);

const Jasmine = createRequire(import.meta.url)("jasmine");
const runner = new Jasmine();
runner.exitOnCompletion = false;
const used = new Set();
const excluded = (name) => {
  const found = EXCLUSIONS.find(
    ([spec, isSuite]) => name === spec || (isSuite && name.startsWith(`${spec} `)),
  );
  if (found) used.add(found[0]);
  return found !== undefined;
};
runner.env.configure({ random: false, specFilter: (spec) => all || !excluded(spec.getFullName()) });
let passed = 0;
const failures = [];
runner.clearReporters();
runner.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    if (status === "passed") passed += 1;
    else if (status === "failed") failures.push([fullName, failedExpectations[0]?.message ?? ""]);
  },
});
console.warn = () => {}; // the suite provokes many warnings on purpose
await import(pathToFileURL(bundle).href);
await runner.execute();
for (const [name, message] of failures) console.log(`FAILED ${name}\n       ${message.split("\n")[0]}`);
const unused = EXCLUSIONS.filter(([spec]) => !used.has(spec));
if (!all) for (const [spec] of unused) console.log(`FAILED the exclusion "${spec}" matches no spec`);
if (passed < MINIMUM) console.log(`FAILED expected at least ${MINIMUM} specs but ${passed} passed`);
for (const name of unlisted)
  console.log(`FAILED the kernel ${name} is missing and not listed, or listed and there`);
const failed = unlisted.length + failures.length + (all ? 0 : unused.length) + (passed < MINIMUM ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
