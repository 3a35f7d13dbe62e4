import { plainCell } from "./plain-text.js";
import { cutToWidth } from "./text-width.js";

/** What is going on, on a line that comes and goes. Disposing takes it away. */
export interface Progress extends Disposable {
  /** Says what is being done now. */
  update(text: string): void;
}

/** The last line of a terminal, for what is going on. */
export interface StatusLine {
  /** Shows a text there, unless it is over before anybody could read it. */
  start(text: string): Progress;
  /** Takes the line away for a moment, so that something else can be written. */
  hide(): void;
}

/** Where it is shown. */
export interface StatusPlace {
  readonly stream: Pick<NodeJS.WriteStream, "write" | "columns">;
  /** Whether the stream is a terminal that can take back what it shows; else nothing is shown at all. */
  readonly isLive: boolean;
}

/** What is done sooner is not worth a flicker. */
const delayMs = 400;
/** The seconds beside the text go on so that a slow thing is not taken for a stopped one. */
const redrawMs = 1_000;

/** Makes the line. It keeps nobody alive, and at most one text is shown at a time: the one that was started last. */
export function createStatusLine({ stream, isLive }: StatusPlace): StatusLine {
  let isShown = false;
  const hide = (): void => {
    if (isShown) stream.write("\r\u001b[K");
    isShown = false;
  };
  if (!isLive) return { start: () => ({ update: () => {}, [Symbol.dispose]: () => {} }), hide };
  const start = (first: string): Progress => {
    const startedAtMs = performance.now();
    let text = first;
    const draw = (): void => {
      const seconds = Math.floor((performance.now() - startedAtMs) / 1_000);
      const elapsed = seconds < 2 ? "" : ` (${seconds} s)`;
      stream.write(`\r\u001b[K${cutToWidth(plainCell(`${text}…${elapsed}`), (stream.columns ?? 80) - 1)}`);
      isShown = true;
    };
    let redrawing: NodeJS.Timeout | undefined;
    const waiting = setTimeout(() => {
      draw();
      redrawing = setInterval(draw, redrawMs).unref();
    }, delayMs).unref();
    return {
      update: (next) => {
        text = next;
        if (redrawing !== undefined) draw();
      },
      [Symbol.dispose]: () => {
        clearTimeout(waiting);
        clearInterval(redrawing);
        hide();
      },
    };
  };
  return { start, hide };
}
