// Files that are whole or not there, and whose leavings can be told from living work.
export { clockOf } from "./clock.js";
export { fill } from "./fill.js";
export { keepFresh, TOUCH_MS } from "./heartbeat.js";
export { otherThanFile } from "./kind.js";
export { type Owner, ownerHere, SILENCE_MS, type Sight, sightOf } from "./owner.js";
export {
  beginReplacement,
  checkReplaceable,
  type Replacement,
  type ReplaceOptions,
  replaceFile,
  syncFolder,
  writeJson,
  writeWhole,
} from "./replace.js";
export { clearLeavings, openTemporary } from "./temporaries.js";
export { isTemporary, temporaryName } from "./temporary-name.js";
