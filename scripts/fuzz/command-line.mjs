export async function throughCommandLine() {
  return { tried: 0, found: 0 };
}
