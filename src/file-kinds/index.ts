export * from "./file-kind.js";
export * from "./formats.js";
