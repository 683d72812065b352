import type { Entry } from "./verb.js";

/** Every verb, in the order of help. The modules are loaded when called, so that help is quick. */
export const VERBS: readonly Entry[] = [
  {
    name: "audit",
    describe: "Train the pair of encoders, score every image, say what was found",
    load: async () => (await import("./verbs/audit.js")).audit,
  },
  {
    name: "split",
    describe: "List the images and divide them into the four subsets",
    load: async () => (await import("./verbs/split.js")).split,
  },
  {
    name: "train",
    describe: "Train f and g on the split of a run",
    load: async () => (await import("./verbs/train.js")).train,
  },
  {
    name: "score",
    describe: "Score images with a run's pair, or with weights from elsewhere",
    load: async () => (await import("./verbs/score.js")).score,
  },
  {
    name: "report",
    describe: "Write a run's report again, or compare two runs in one page",
    load: async () => (await import("./verbs/report.js")).report,
  },
  {
    name: "watch",
    describe: "Show how far a run is",
    load: async () => (await import("./verbs/watch.js")).watch,
  },
  {
    name: "curate",
    describe: "Write a list of images: the most or least memorised, random ones, matched controls, a slice",
    load: async () => (await import("./verbs/curate.js")).curate,
  },
  {
    name: "compare",
    describe: "Say how far rankings of the same images agree: seeds, methods, earlier runs",
    load: async () => (await import("./verbs/compare.js")).compare,
  },
  {
    name: "embed",
    describe: "Write the representations of images",
    load: async () => (await import("./verbs/embed.js")).embed,
  },
  {
    name: "views",
    describe: "Write the augmented views of images and how they were made",
    load: async () => (await import("./verbs/views.js")).views,
  },
  {
    name: "localize",
    describe: "Say at which layers and in which units a run's encoders memorise",
    load: async () => (await import("./verbs/localize.js")).localize,
  },
  {
    name: "probe",
    describe: "Say how well classes can be read from an encoder's representations",
    load: async () => (await import("./verbs/probe.js")).probe,
  },
  {
    name: "list",
    describe: "List architectures, methods, policies, sources, distances, view schemes, engines, presets",
    load: async () => (await import("./verbs/list.js")).list,
  },
  {
    name: "doctor",
    describe: "Say what is there, what is missing and what mends it",
    load: async () => (await import("./verbs/doctor.js")).doctor,
  },
  {
    name: "cache",
    describe: "Show or delete the decoded images that are kept between runs",
    load: async () => (await import("./verbs/cache.js")).cache,
  },
  {
    name: "completion",
    describe: "Print a completion script for bash or zsh",
    load: async () => (await import("./verbs/completion.js")).completion,
  },
];
