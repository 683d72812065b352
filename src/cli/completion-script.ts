import { definitionOf, settingNamed } from "../config/all-settings.js";
import { namesIn } from "../registries.js";
import { optionsFor } from "./flags.js";
import { FORMATS } from "./output.js";
import type { Entry } from "./verb.js";

/** A completion script for bash or, through bashcompinit, zsh: verbs, the flags of each, and the names that a flag can take. */
export async function completionScript(shell: "bash" | "zsh", verbs: readonly Entry[]): Promise<string> {
  const flagsOfVerb: string[] = [];
  const valuesOfFlag = new Map<string, string[]>([
    ["format", [...FORMATS]],
    ["preset", await namesIn("presets")],
  ]);
  for (const entry of verbs) {
    const options = await optionsFor(await entry.load());
    flagsOfVerb.push(
      `    ${entry.name}) flags="${[...Object.keys(options), "help"].map((f) => `--${f}`).join(" ")}" ;;`,
    );
    for (const flag of Object.keys(options)) {
      const key = settingNamed(flag);
      const registry = key === undefined ? undefined : definitionOf(key).registry;
      if (registry !== undefined) valuesOfFlag.set(flag, await namesIn(registry));
    }
  }
  const values = [...valuesOfFlag]
    .filter(([, names]) => names.length > 0)
    .map(
      ([flag, names]) =>
        `    --${flag}) COMPREPLY=($(compgen -W "${names.join(" ")}" -- "$word")); return ;;`,
    );
  const script = `# completion of sslmem for ${shell}; made by: sslmem completion ${shell}
_sslmem() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" flags=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${verbs.map((v) => v.name).join(" ")} --help --version" -- "$word"))
    return
  fi
  case "$before" in
${values.join("\n")}
  esac
  case "\${COMP_WORDS[1]}" in
${flagsOfVerb.join("\n")}
  esac
  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word"))
  else COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -o bashdefault -F _sslmem sslmem
`;
  return shell === "zsh"
    ? `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${script}`
    : script;
}
