import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { fixture, isAlive } from "../fixtures/launched.js";

// A process of its own, because nobody else shall run out of files.
it.skipIf(process.platform !== "linux")(
  "a stop that failed because files had run out does not keep the next one from ending the process",
  async () => {
    const command = 'ulimit -n 256 && exec "$0" "$1"';
    const { stdout } = await promisify(execFile)("sh", [
      "-c",
      command,
      process.execPath,
      fixture("out-of-files"),
    ]);
    const told = JSON.parse(stdout) as { readonly pid: number };
    expect(told).toMatchObject({ code: "EMFILE", first: "EMFILE", second: [told.pid], survived: [] });
    expect(isAlive(told.pid)).toBe(false);
  },
);
