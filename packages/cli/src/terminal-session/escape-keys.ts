const enter = [0x0a, 0x0d];
const tilde = 0x7e;
const dot = 0x2e;

/**
 * Looks for Enter, `~`, `.`: the way out for a person whose program or link does not answer, since in raw mode Ctrl-C belongs to
 * the program. `~~` at the start of a line gives one `~`; a `~` before anything else is just that.
 * @returns a filter for what is typed, chunk by chunk
 */
export function createEscapeKeys(onLeave: () => void): (chunk: Buffer) => Buffer {
  let state: "line-start" | "tilde" | "text" = "line-start";
  return (chunk) => {
    const passed: number[] = [];
    for (const byte of chunk) {
      if (state === "line-start" && byte === tilde) {
        state = "tilde";
        continue;
      }
      if (state === "tilde" && byte === dot) {
        onLeave();
        return Buffer.from(passed);
      }
      if (state === "tilde" && byte !== tilde) passed.push(tilde);
      passed.push(byte);
      state = enter.includes(byte) ? "line-start" : "text";
    }
    return Buffer.from(passed);
  };
}
