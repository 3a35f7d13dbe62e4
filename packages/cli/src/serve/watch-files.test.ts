import { mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchFiles } from "./watch-files.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairlead-watch-"));
  file = join(folder, "config.toml");
});
afterEach(() => rm(folder, { recursive: true }));

/** Counts changes; `next` settles at the first one from now on. */
function startWatch(): Disposable & { readonly count: number; next(): Promise<void> } {
  let count = 0;
  let notify = (): void => {};
  const watching = watchFiles({
    files: [file],
    quietMs: 20,
    warn: (text) => {
      throw new Error(text);
    },
    onChange: () => {
      count += 1;
      notify();
    },
  });
  return {
    get count() {
      return count;
    },
    next: () =>
      new Promise((resolve) => {
        notify = resolve;
      }),
    [Symbol.dispose]: () => watching[Symbol.dispose](),
  };
}

test("a file that appears, is written, replaced or removed has changed", async () => {
  using watching = startWatch();
  const steps = [
    () => writeFile(file, "one"),
    () => writeFile(file, "two"),
    async () => {
      await writeFile(join(folder, "other"), "three");
      await rename(join(folder, "other"), file);
    },
    () => rm(file),
  ];
  for (const step of steps) {
    const changed = watching.next();
    await step();
    await changed;
  }
  expect(watching.count).toBe(steps.length);
});

test("what holds the same as before has not", async () => {
  await writeFile(file, "one");
  using watching = startWatch();
  await writeFile(file, "one");
  await utimes(file, 0, 0);
  await writeFile(join(folder, "neighbour"), "x");
  // The real change comes last, so everything before it was seen by then.
  const changed = watching.next();
  await writeFile(file, "two");
  await changed;
  expect(watching.count).toBe(1);
});
