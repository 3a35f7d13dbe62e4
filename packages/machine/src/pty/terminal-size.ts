import { FairleadError } from "@fairlead/core";

/** The size of a terminal, in character cells. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The kernel keeps both numbers in 16 bits. */
const maxCells = 65_535;

/** Checks that a terminal can have this size. @throws FairleadError `usage`, reason `argument_invalid` */
export function checkTerminalSize({ columns, rows }: TerminalSize): void {
  for (const [name, value] of Object.entries({ columns, rows })) {
    if (Number.isInteger(value) && value >= 1 && value <= maxCells) continue;
    throw new FairleadError(
      "usage",
      `A terminal cannot have ${value} ${name}. Give a whole number from 1 to ${maxCells}`,
      { reason: "argument_invalid", effect: "none" },
    );
  }
}
