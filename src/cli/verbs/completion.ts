import { SslMemError } from "../../errors.js";
import { completionScript } from "../completion-script.js";
import type { Verb } from "../verb.js";

/** `sslmem completion [bash|zsh]`: the script, made from the same lists as the help. */
export const completion: Verb = {
  positionals: "[shell]",
  positionalHelp: "The shell is bash or zsh; without it, the one in $SHELL.",
  groups: [],
  usesRun: false,
  flags: {},
  examples: [
    ["source <(sslmem completion bash)", "for this shell"],
    ["sslmem completion zsh > ~/.sslmem.zsh", "then source it in ~/.zshrc"],
  ],
  async run({ positional, env, output, verbs }) {
    const shell = positional[0] ?? (/zsh$/.test(env.SHELL ?? "") ? "zsh" : "bash");
    if (positional.length > 1 || (shell !== "bash" && shell !== "zsh")) {
      throw new SslMemError(
        "USAGE",
        `Expected bash or zsh but received "${positional.join(" ")}".`,
        "sslmem completion bash",
      );
    }
    const script = await completionScript(shell, verbs);
    output.result({
      human: () => script,
      quiet: () => script,
      json: () => ({ schema: "sslmem/completion@1", shell, script }),
    });
  },
};
