import type { Preset } from "./preset.js";

/** What `npm run demo` audits: images that sslmem draws itself, with outliers planted among them. */
export const demo: Preset = {
  name: "demo",
  describe: "images that sslmem draws itself, with planted outliers; about 3 minutes on two cores",
  settings: {
    data: "synthetic:count=400,test=100,size=32,seed=0,outliers=0.1",
    limit: 200,
    shared: 40,
    candidate: 80,
    independent: 80,
    external: 80,
    arch: "resnet9",
    imageSize: 16,
    epochs: 150,
    batch: 60,
    recipe: "tiny",
    views: 10,
    keepViews: true,
  },
};
