/** An amount of memory or disk for people, in powers of 1000: 0 bytes, 512 bytes, 3.2 kB, 78 MB, 1.4 GB. */
export function bytesForPeople(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
