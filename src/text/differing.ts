/**
 * What differs between two records of named values, as "name before (now value)", or null where nothing does.
 *
 * @param isHeeded whether a name counts; all do where it is left out @param nameOf how it is called in the text
 */
export function whatDiffers(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  isHeeded: (name: string) => boolean = () => true,
  nameOf: (name: string) => string = (name) => name,
): string | null {
  const text = (value: unknown) => JSON.stringify(value ?? null);
  const names = Object.keys({ ...now, ...before }).filter(
    (name) => isHeeded(name) && text(before[name]) !== text(now[name]),
  );
  if (names.length === 0) return null;
  return names.map((name) => `${nameOf(name)} ${text(before[name])} (now ${text(now[name])})`).join(", ");
}
