export const MINIMUM = 0;
export const EXCLUSIONS = [];
