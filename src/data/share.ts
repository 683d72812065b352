/**
 * Whether a size is a share of the images, at most 1 (which is all of them), and not how many they are: a whole number above
 * 1, since a subset of one image has no variance. Every reader of such a size asks here.
 */
export function isShare(size: number): boolean {
  return size <= 1;
}
