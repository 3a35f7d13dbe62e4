/**
 * What is left on a terminal's screen: lines that were taken back are gone, and colours stand as `<32>`. It knows what our
 * commands use, and leaves everything else to be seen.
 */
export function screenOf(shown: string): string {
  const lines = shown.replaceAll("\r\n", "\n").split("\n");
  return lines
    .map((line) => line.split(/\r\u001b\[K/).at(-1) ?? "")
    .join("\n")
    .replaceAll(/\u001b\[(\d+)m/g, "<$1>");
}
