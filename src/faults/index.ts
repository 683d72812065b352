// Errors of the operating system: what they are, and how they are told.

export { asUserError, faultInWords, shortageBehind } from "./faults-in-words.js";
export { blamed, blaming, blamingLater, contractBroken, ownName } from "./own-code.js";
export { reasonOf } from "./reason.js";
export { isMachineFault, type SystemFault, systemFaultOf } from "./system.js";
