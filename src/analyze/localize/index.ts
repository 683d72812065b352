/** Localisation: at which layers and in which units an encoder memorises (LayerMem, UnitMem, ClassMem; arXiv 2409.19069). */
export { formatLocalization } from "./format.js";
export { classMem, selectivity, type UnitScore, unitMem } from "./formulas.js";
export { type LocalizeOptions, localize } from "./run.js";
export { LOCALIZE_SCHEMA, type Localization, localizeSchema } from "./schema.js";
