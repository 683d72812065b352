/** Localisation: at which layers and in which units an encoder memorises (LayerMem, UnitMem, ClassMem; arXiv 2409.19069). */

export { formatLocalization } from "./format-localization.js";
export { LOCALIZE_SCHEMA, type Localization, localizeSchema } from "./localization-schema.js";
export { type LocalizeOptions, localize } from "./run-localization.js";
export { classMem, selectivity, type UnitScore, unitMem } from "./unit-formulas.js";
