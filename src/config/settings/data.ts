import { integer, oneOf, orNull, shareOrCount, text, toggle } from "../kinds.js";
import { setting } from "../setting.js";

/** Which images there are. */
export const dataSettings = {
  data: setting({
    kind: orNull(text("a path or synthetic:..."), "none"),
    default: null,
    describe: "Folder, tar file(s), data-set folder or synthetic:count=2000,size=32",
    group: "Data",
    step: "manifest",
  }),
  sourceKind: setting({
    kind: text("a kind of source"),
    default: "auto",
    describe: "How the data are stored; auto looks at them",
    group: "Data",
    step: "manifest",
    registry: "sources",
  }),
  strict: setting({
    kind: toggle(),
    default: false,
    describe: "Stop with exit 3 at the first unreadable image instead of skipping it",
    group: "Data",
    step: "manifest",
  }),
  cacheImages: setting({
    kind: toggle(),
    default: true,
    describe: "Keep the decoded images, packed, under SSLMEM_CACHE (default ~/.cache/sslmem)",
    group: "Data",
    step: null,
  }),
};

/** Who trains on what. */
export const splitSettings = {
  limit: setting({
    kind: orNull(integer(8), "all"),
    default: null,
    describe: "Training images to use, drawn by the split seed; the others are left out",
    group: "Split",
    step: "split",
  }),
  shared: setting({
    kind: shareOrCount(),
    default: 0.8,
    describe:
      "Shared images, on which f and g train: share of the used images (1 is all), or how many (2 or more)",
    group: "Split",
    step: "split",
  }),
  candidate: setting({
    kind: shareOrCount(),
    default: 0.1,
    describe: "Candidates, on which only f trains: share or how many",
    group: "Split",
    step: "split",
  }),
  independent: setting({
    kind: shareOrCount(),
    default: 0.1,
    describe: "Independent images, on which only g trains: share or how many",
    group: "Split",
    step: "split",
  }),
  external: setting({
    kind: orNull(shareOrCount(), "auto"),
    default: null,
    describe:
      "External images, on which neither trains: share or how many, from the test set if there is one; auto: as many as candidates",
    group: "Split",
    step: "split",
  }),
  splitScheme: setting({
    kind: oneOf(["random", "file-order"]),
    default: "random",
    describe: "random (by seed, stratified by label), or file-order as the paper's code",
    group: "Split",
    step: "split",
  }),
  stratify: setting({
    kind: toggle(),
    default: true,
    describe: "Same class shares in every subset, where labels exist",
    group: "Split",
    step: "split",
  }),
  splitSeed: setting({
    kind: integer(0),
    default: 0,
    describe: "Seed of the split",
    group: "Split",
    step: "split",
  }),
  exclude: setting({
    kind: orNull(text("a file of image ids"), "none"),
    default: null,
    describe:
      "File of image ids, one a line (sslmem curate), that are left out of the subsets; the others stay where they are",
    group: "Split",
    step: "split",
  }),
};
