// Errors of the operating system: what they are, and how they are told.
export { isMachineFault, isStorageFault, limitOf, type SystemFault, systemFaultOf } from "./system.js";
export { asUserError, faultInWords, sentenceOf, shortageBehind } from "./words.js";
