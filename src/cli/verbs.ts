import type { Verb } from "./verb.js";

interface Entry {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<Verb>;
}

/** Every verb, in the order of help. The modules are loaded when called, so that help is quick. */
export const VERBS: readonly Entry[] = [
  {
    name: "audit",
    describe: "Train the pair of encoders, score every image, say what was found",
    load: async () => (await import("./verbs/audit.js")).audit,
  },
  {
    name: "list",
    describe: "List architectures, methods, policies, sources, distances, engines, presets",
    load: async () => (await import("./verbs/list.js")).list,
  },
  {
    name: "completion",
    describe: "Print a completion script for bash or zsh",
    load: async () => (await import("./verbs/completion.js")).completion,
  },
];
