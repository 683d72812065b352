// Builds the native core and the torch engine in the tree beside the package, by CMake alone.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { run } from "./run.mjs";

const SOURCES = ["native", "test", "scripts", "benchmarks", "schemas", "CMakeLists.txt", "package.json"];

/** Copies sources that differ: those that do not keep their dates, and so what was built of them. */
export function syncSources(root, tree) {
  let files = 0;
  const sync = (path) => {
    const from = join(root, path);
    if (statSync(from).isDirectory()) {
      for (const name of readdirSync(from)) sync(join(path, name));
      return;
    }
    const to = join(tree, path);
    files += 1;
    if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) return;
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
  };
  for (const path of SOURCES) sync(path);
  return files;
}

/** @returns what run() does, of the first step that failed or the last one */
export async function build({ root, tree, dry, limitOf }, { gpu, nvcc, torchRoot }) {
  syncSources(root, tree);
  const modules = join(tree, "node_modules");
  const options = [
    `-DCMAKE_JS_INC=${join(modules, "node-api-headers/include")};${join(modules, "node-addon-api")}`,
    `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(tree, "build/Release")}`,
    `-DSSLMEM_TORCH_ROOT=${torchRoot}`,
    ...(dry ? ["-DSSLMEM_CUDA=OFF"] : ["-DSSLMEM_CUDA=ON", `-DSSLMEM_NVCC=${nvcc.path}`]),
    ...(gpu ? [`-DSSLMEM_CUDA_ARCHITECTURES=${gpu.compute_cap.replace(".", "")}`] : []),
  ];
  const seconds = limitOf("build");
  const configured = await run("cmake", ["-S", tree, "-B", join(tree, "build"), ...options], { seconds });
  if (!configured.ok) return configured;
  const targets = ["--target", "sslmem", "sslmem_torch", "--parallel", String(availableParallelism())];
  return run("cmake", ["--build", join(tree, "build"), ...targets], { seconds });
}

/** The native tests, which need no GPU: they say that this machine's compiler makes what ours does. */
export async function nativeTests({ tree, limitOf }) {
  const folder = join(tree, "build/native-tests");
  const seconds = limitOf("native");
  const configured = await run("cmake", ["-S", tree, "-B", folder], { seconds });
  if (!configured.ok) return configured;
  const parallel = ["--parallel", String(availableParallelism())];
  const built = await run("cmake", ["--build", folder, ...parallel], { seconds });
  return built.ok ? run(join(folder, "sslmem-native-tests"), [], { seconds }) : built;
}
