/** An argument as a POSIX shell takes it: as it is, or in single quotes. */
export const shellQuoted = (argument: string): string =>
  /^[\w./:=,@%+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
