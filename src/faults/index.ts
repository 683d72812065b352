// Errors of the operating system: what they are, and how they are told.
export { isMachineFault, type SystemFault, systemFaultOf } from "./system.js";
export { asUserError, faultInWords, shortageBehind } from "./words.js";
