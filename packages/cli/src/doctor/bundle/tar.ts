/** One file of an archive. */
export interface TarEntry {
  /** At most 100 bytes, with `/` between folders. */
  readonly name: string;
  readonly content: string;
}

const blockBytes = 512;

/** Writes an archive in the format of POSIX.1-1988 (ustar), which every tar reads. Files are readable by their owner alone. */
export function tar(entries: readonly TarEntry[], modifiedAtMs: number): Buffer {
  const blocks = entries.flatMap(({ name, content }) => {
    const bytes = Buffer.from(content);
    const padding = Buffer.alloc((blockBytes - (bytes.length % blockBytes)) % blockBytes);
    return [header(name, bytes.length, modifiedAtMs), bytes, padding];
  });
  // Two empty blocks end it.
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function header(name: string, sizeBytes: number, modifiedAtMs: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`The name ${name} is too long for the archive`);
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0);
  block.write(octal(0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(sizeBytes, 11), 124);
  block.write(octal(Math.floor(modifiedAtMs / 1_000), 11), 136);
  // The sum is of the header with spaces in its own place.
  block.write(" ".repeat(8), 148);
  block.write("0", 156);
  block.write("ustar\0", 257);
  block.write("00", 263);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, "0")}\0`;
}
