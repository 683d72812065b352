/** How useful an encoder is: representations of plain images, kNN accuracy. */
export { type EmbedOptions, embedImages } from "./embed.js";
export { knnAccuracy, type LabelledRepresentations } from "./knn.js";
