/** A terminal that is drawn on as a whole. Disposing it puts everything back as it was. */
export interface Screen extends Disposable {
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines and nothing else. */
  draw(lines: readonly string[]): void;
}

/** What a screen tells of. */
export interface ScreenEvents {
  /** A key, or several that came at once, as the terminal sends them. */
  readonly onKeys: (keys: string) => void;
  readonly onResize: () => void;
}

const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";

/**
 * Takes the terminal over: what stood on it is kept aside, keys come one by one and are not shown. Where stdin is no
 * terminal there are no keys.
 */
export function openScreen(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  { onKeys, onResize }: ScreenEvents,
): Screen {
  const onData = (chunk: Buffer): void => onKeys(chunk.toString("utf8"));
  const hasKeys = stdin.isTTY;
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    process.off("exit", close);
    stdout.off("resize", onResize);
    if (hasKeys) {
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
    }
    stdout.write(leave);
  };
  // For the ways out that pass by every `finally`.
  process.once("exit", close);
  stdout.on("resize", onResize).write(enter);
  if (hasKeys) {
    stdin.setRawMode(true);
    stdin.on("data", onData).on("error", () => {});
    stdin.resume();
  }
  return {
    get columns() {
      return stdout.columns > 0 ? stdout.columns : 80;
    },
    get rows() {
      return stdout.rows > 0 ? stdout.rows : 24;
    },
    draw(lines) {
      if (!isOpen) return;
      // Each line is cleared behind its text, so that nothing flickers; `\r\n` also in raw mode.
      const text = lines.map((line) => `${line}\u001b[K`).join("\r\n");
      stdout.write(`\u001b[H${text}\u001b[J`);
    },
    [Symbol.dispose]: close,
  };
}
