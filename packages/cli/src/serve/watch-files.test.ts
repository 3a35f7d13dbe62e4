import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchFiles } from "./watch-files.js";

const quietMs = 20;

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
    quietMs,
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
  const steps: readonly (() => Promise<void> | void)[] = [
    // In one go: a look between emptying and filling it would count twice.
    () => writeFileSync(file, "one"),
    () => writeFileSync(file, "two"),
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

test("a file whose folder appears later is noticed", async () => {
  file = join(folder, "later", "still", "config.toml");
  using watching = startWatch();
  const changed = watching.next();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "one");
  await changed;
  const again = watching.next();
  await writeFile(file, "two");
  await again;
  expect(watching.count).toBe(2);
});

test("what holds the same as before has not", async () => {
  await writeFile(file, "one");
  using watching = startWatch();
  const steps = [
    () => writeFile(file, "one"),
    () => utimes(file, 0, 0),
    () => writeFile(join(folder, "neighbour"), "x"),
  ];
  for (const step of steps) {
    await step();
    // Nothing tells that nothing was found; a slower look only makes this test see less.
    await sleep(5 * quietMs);
  }
  const changed = watching.next();
  await writeFile(file, "two");
  await changed;
  expect(watching.count).toBe(1);
});

test("a link is followed, also after it leads elsewhere", async () => {
  const targets = [join(folder, "a", "one.toml"), join(folder, "b", "other.toml")] as const;
  for (const target of targets) {
    await mkdir(dirname(target));
    await writeFile(target, target);
  }
  await symlink(targets[0], file);
  using watching = startWatch();
  const step = async (work: () => Promise<void>): Promise<void> => {
    const changed = watching.next();
    await work();
    await changed;
  };
  await step(() => writeFile(targets[0], "one"));
  await step(async () => {
    await symlink(targets[1], join(folder, "new"));
    await rename(join(folder, "new"), file);
  });
  const before = watching.count;
  await step(() => writeFile(targets[1], "changed"));
  expect(watching.count).toBe(before + 1);
});
