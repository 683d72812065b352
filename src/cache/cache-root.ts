import { homedir, tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where decoded images are kept: SSLMEM_CACHE, else ~/.cache/sslmem. Without a home (HOME is empty or no path from the root,
 * and the system knows none, as in containers for any user) a folder of this user's below the one for temporary files.
 */
export function cacheRoot(env: Environment): string {
  if (env.SSLMEM_CACHE) return env.SSLMEM_CACHE;
  const home = [() => env.HOME, homedir, () => userInfo().homedir].map(attempt).find(isHome);
  return home === undefined
    ? join(tmpdir(), `sslmem-${process.getuid?.() ?? "user"}`, "cache")
    : join(home, ".cache", "sslmem");
}

const isHome = (path: string | undefined): path is string => path !== undefined && isAbsolute(path);

/** os.homedir() and os.userInfo() throw where the system does not know the user. */
function attempt(ask: () => string | undefined): string | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
