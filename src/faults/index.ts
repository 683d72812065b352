// Errors of the operating system: what they are, and how they are told.
export { isMachineFault, type SystemFault, systemFaultOf } from "./system.js";
export { asUserError, shortageBehind } from "./words.js";
