export * from "./formats.js";
export * from "./kinds.js";
