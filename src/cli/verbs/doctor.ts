import { longest } from "../../arrays.js";
import type { CacheState } from "../../cache/cache-state.js";
import { SslMemError } from "../../errors.js";
import { bytesForPeople } from "../bytes-for-people.js";
import { shown } from "../reporting.js";
import type { Verb } from "../verb.js";

/** `sslmem doctor`: what is there, what is missing, the command that mends it. Exit 4 if something needed is missing. */
export const doctor: Verb = {
  positionals: "",
  positionalHelp: null,
  groups: [],
  usesRun: false,
  flags: {},
  examples: [["sslmem doctor --format json", "for scripts"]],
  async run({ output }) {
    const { findings: engineFindings } = await import("../../doctor/findings.js");
    const { cacheState } = await import("../../cache/cache-state.js");
    const findings = [
      ...engineFindings(),
      { name: "cache", ok: null, found: wordsOf(await cacheState()), fix: null },
    ];
    const width = longest(findings.map(({ name }) => name));
    const mark = (ok: boolean | null) => (ok === null ? "  --  " : ok ? "  ok  " : "MISSING");
    output.result({
      human: () =>
        findings
          .map(
            ({ name, ok, found, fix }) =>
              `${mark(ok).padEnd(8)}${name.padEnd(width)}  ${found}${fix === null ? "" : `\n${" ".repeat(8)}mend it: ${fix}`}`,
          )
          .join("\n"),
      json: () => ({ schema: "sslmem/doctor@1", ok: findings.every(({ ok }) => ok !== false), findings }),
      quiet: () =>
        findings
          .filter(({ ok }) => ok === false)
          .map(({ fix }) => fix)
          .join("\n"),
    });
    const missing = findings.filter(({ ok }) => ok === false);
    if (missing.length > 0) {
      throw new SslMemError(
        "ENGINE",
        `Expected ${missing.map(({ name }) => name).join(", ")} but ${missing.length === 1 ? "it is" : "they are"} missing.`,
        missing[0]?.fix ?? undefined,
      );
    }
  },
};

function wordsOf({ folder, imageBytes, listingBytes, freeBytes, fault }: CacheState): string {
  const kept = `${bytesForPeople(imageBytes)} of decoded images, ${bytesForPeople(listingBytes)} of lists`;
  const free = freeBytes === null ? "" : `, ${bytesForPeople(freeBytes)} free on its disk`;
  const cannot =
    fault === null
      ? ""
      : `; cannot be written (${fault}): images that it does not hold are decoded each time`;
  return `${shown(folder)}: ${kept}${free}${cannot}`;
}
