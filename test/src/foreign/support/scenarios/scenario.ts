import type { Column, ColumnName } from "../column.js";

/** Something that must work wherever host and servers run. */
export interface Scenario {
  readonly does: string;
  /** Where it cannot be tried, and why: one of {@link reasons}. */
  readonly leftOut?: Readonly<Partial<Record<ColumnName, keyof typeof reasons>>> | undefined;
  /** What Wine does not show of it, where the servers run on Windows: some of {@link wineLimits}. */
  readonly limits?: readonly (keyof typeof wineLimits)[] | undefined;
  /** @param skip leaves the rest out, for a reason that is printed */
  readonly run: (column: Column, skip: (reason: string) => void) => Promise<void>;
}

/** Why a cell of the table is empty. A test holds docs/platforms.md to these words. */
export const reasons = {
  N1: "host and servers are one machine, with no line between them",
  N2: "files of one's own machine need no executor",
  N3: "the library is used by the test itself, which runs on Linux",
} as const;

/** What Wine 8 does unlike Windows. A test holds docs/platforms.md to these words. */
export const wineLimits = {
  W1: "a pipe made by Linux cannot be opened",
  W2: "a keep-alive set before a connection stands fails it",
  W3: "its `taskkill` knows no `/T`",
  W4: "there is no `bcryptprimitives.dll`",
  W5: "a child in a pseudo console gets no standard handles, and the console has 80 columns",
  W6: "there is no PowerShell",
  W7: "the wrappers that npm itself writes, and hard quoting, do not run",
  W8: "there are no symbolic links, reserved names or network folders",
  W9: "access lists are kept as the modes of Linux",
  W10: "Node 24 does not start",
  W11: "its task scheduler runs nothing",
  W12: "Ctrl-Break reaches nobody, and a typed Ctrl-C is dropped",
  W13: "`cmd.exe` fills in variables twice",
} as const;
