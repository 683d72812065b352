// For which GPUs there is machine code in a file that nvcc made. cuobjdump would say it, but is not among the wheels.

const MAGIC = Buffer.from([0x50, 0xed, 0x55, 0xba]);
const MACHINE_CODE = 2; // PTX, which the driver would still have to compile, is 1

/**
 * The architectures (80 for sm_80) of each fat binary in an object or a library, one for each source file with kernels.
 *
 * A fat binary is a header of 16 bytes (magic, version u16, size of the header u16, size of what follows u64) and entries;
 * an entry is a header (kind u16 at 0, its own size u32 at 4, size of the code u64 at 8, architecture u32 at 28) and code.
 *
 * @param {Buffer} bytes
 * @returns {number[][]}
 */
export function architecturesIn(bytes) {
  const found = [];
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    if (at + 16 > bytes.length || bytes.readUInt16LE(at + 4) !== 1) continue; // the magic alone may be anything
    const architectures = [];
    let entry = at + bytes.readUInt16LE(at + 6);
    const end = entry + Number(bytes.readBigUInt64LE(at + 8));
    while (entry + 32 <= Math.min(end, bytes.length)) {
      if (bytes.readUInt16LE(entry) === MACHINE_CODE) architectures.push(bytes.readUInt32LE(entry + 28));
      const length = bytes.readUInt32LE(entry + 4) + Number(bytes.readBigUInt64LE(entry + 8));
      if (length === 0) break; // not what it seemed to be
      entry += length;
    }
    found.push(architectures.sort((a, b) => a - b));
  }
  return found;
}
