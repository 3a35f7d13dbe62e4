/** Whoever sends an agent messages and can be made to wait. @returns ends the hold, once */
export type HoldOutput = () => () => void;

/** Holds back those who send to one agent, as long as too much waits for it. */
export interface OutputHolds {
  /** Begins to hold, or ends every hold. @param sources all that send now; not asked for otherwise */
  press(isHigh: boolean, sources: () => readonly HoldOutput[]): void;
  /** Whoever begins to send is held like the others. */
  join(source: HoldOutput): void;
}

/** Makes it; nobody is held at first. */
export function createOutputHolds(): OutputHolds {
  let releases: (() => void)[] = [];
  let isHeld = false;
  return {
    press(isHigh, sources) {
      for (const release of releases) release();
      releases = isHigh ? sources().map((hold) => hold()) : [];
      isHeld = isHigh;
    },
    join(hold) {
      if (isHeld) releases.push(hold());
    },
  };
}
