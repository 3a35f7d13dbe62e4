const escape = String.fromCharCode(0x1b);
/** Back to the start of the line, and away with what is there. */
const takenBack = `\r${escape}[K`;
const colour = new RegExp(`${escape}\\[(\\d+)m`, "g");

/**
 * What is left on a terminal's screen: lines that were taken back are gone, and colours stand as `<32>`. It knows what our
 * commands use, and leaves everything else to be seen.
 */
export function screenOf(shown: string): string {
  const lines = shown.replaceAll("\r\n", "\n").split("\n");
  return lines
    .map((line) => line.split(takenBack).at(-1) ?? "")
    .join("\n")
    .replaceAll(colour, "<$1>");
}
