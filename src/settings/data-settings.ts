import { ORIENTATIONS } from "../data/types.js";
import { integer, oneOf, orNull, real, shareOrCount, text, toggle } from "./kinds.js";
import { setting } from "./setting.js";

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
  sampleImage: setting({
    kind: orNull(text("the ending of a file name"), "auto"),
    default: null,
    describe:
      "Which image of a WebDataset sample is taken where it has several: its ending, such as jpg or seg.png",
    group: "Data",
    step: "manifest",
  }),
  orientation: setting({
    kind: oneOf(ORIENTATIONS),
    default: "stored",
    describe:
      "stored: images as they lie in their files, as torchvision's loader takes them; exif: turned and mirrored by their EXIF tag, as viewers show them",
    group: "Data",
    step: "manifest",
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
    describe:
      "Keep the decoded images that are used, packed, under SSLMEM_CACHE (default ~/.cache/sslmem); sslmem cache shows and cleans them",
    group: "Data",
    step: null,
  }),
  cacheLimit: setting({
    kind: real(0, 1e6),
    default: 20,
    describe:
      "Gigabytes (10^9 bytes) that all decoded images in the cache take at most; those not used for longest are deleted. Never more than a quarter of the free disk",
    group: "Data",
    step: null,
  }),
  cacheSide: setting({
    kind: orNull(integer(16, 65_535), "none"),
    default: null,
    describe:
      "Reduce images with a longer shorter side to this one, in pixels, before they are kept and used: saves room, changes pixels",
    group: "Data",
    step: "manifest",
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
