/** Gives texts a colour, or gives them back as they are where nobody would see one. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  /** For what needs a look, and breaks nothing. */
  readonly warn: (text: string) => string;
  /** For what matters less. */
  readonly faint: (text: string) => string;
}

/** What decides over colours. */
export interface PaintPlace {
  /** Whether the stream is a terminal. */
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes the colours of one stream. `FORCE_COLOR` decides where it is set (`0` and `false`: none), as it does for Node
 * itself; else a `NO_COLOR` that is not empty, `TERM=dumb` and everything that is no terminal get none.
 */
export function createPaint({ isTerminal, env }: PaintPlace): Paint {
  const isColoured = wantsColour(env) ?? isTerminal;
  const paint = (code: number, end: number) => (text: string) =>
    isColoured && text !== "" ? `\u001b[${code}m${text}\u001b[${end}m` : text;
  return {
    good: paint(32, 39),
    bad: paint(31, 39),
    warn: paint(33, 39),
    faint: paint(2, 22),
  };
}

function wantsColour(env: PaintPlace["env"]): boolean | undefined {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if ((env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb") return false;
  return undefined;
}
