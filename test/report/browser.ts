import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import sparticuz from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/**
 * Starts the Chromium that the npm package ships inside itself (SSLMEM_TEST_CHROMIUM: another one). It is unpacked once,
 * with the shared libraries that a bare machine lacks, which the package keeps for AWS Lambda: it believes to be there.
 */
export async function openBrowser(): Promise<Browser> {
  const given = process.env.SSLMEM_TEST_CHROMIUM;
  if (given) return chromium.launch({ executablePath: given });
  const home = await unpack();
  return chromium.launch({
    executablePath: join(home, "chromium"),
    args: ["--no-sandbox", "--disable-gpu"],
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: join(home, "al2023", "lib"),
      FONTCONFIG_PATH: join(home, "fonts"),
      HOME: home,
    },
  });
}

async function unpack(): Promise<string> {
  const home = join(tmpdir(), `sslmem-test-chromium-147-${userInfo().uid}`);
  if (existsSync(join(home, "chromium"))) return home;
  const fresh = `${home}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const before = { TMPDIR: process.env.TMPDIR, AWS_EXECUTION_ENV: process.env.AWS_EXECUTION_ENV };
  Object.assign(process.env, { TMPDIR: fresh, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" });
  try {
    await sparticuz.executablePath();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
  // The package's own configuration looks for its fonts in /tmp/fonts alone.
  writeFileSync(
    join(fresh, "fonts", "fonts.conf"),
    `<?xml version="1.0"?><fontconfig><dir prefix="relative">fonts</dir><dir>/usr/share/fonts</dir><cachedir>${join(home, "cache")}</cachedir></fontconfig>`,
  );
  try {
    renameSync(fresh, home);
  } catch {
    rmSync(fresh, { recursive: true, force: true }); // another test process was quicker
  }
  return home;
}
