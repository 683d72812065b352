#!/usr/bin/env node
// The demonstration: an audit of images that sslmem draws itself. `npm run demo` comes here after the set-up.
// It is one ordinary command; what it prints is what every audit prints.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const args = ["audit", "--preset", "demo", "--run", "runs/demo", ...process.argv.slice(2)];
console.error(`$ sslmem ${args.join(" ")}`);
const child = spawn(process.execPath, [CLI, ...args], { stdio: "inherit" });
// Ctrl-C reaches the child by itself; this process waits for its answer.
for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => name === "SIGTERM" && child.kill(name));
child.on("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
