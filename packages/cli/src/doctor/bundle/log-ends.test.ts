import { access, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readLogEnds } from "./log-ends.js";

const aside = "20261121T120000000Z-0a1b2c3d-000001";

let home = "";

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "fairlead-ends-"));
  await Promise.all([mkdir(join(home, "log")), mkdir(join(home, "state"))]);
});

afterEach(() => rm(home, { recursive: true }));

async function write(name: string, age: number): Promise<void> {
  const path = join(home, name);
  await writeFile(path, `text of ${name}\n`);
  await utimes(path, 1_000 - age, 1_000 - age);
}

test("logs that were put aside are among them, the latest first, and none hides another", async () => {
  const longName = "x".repeat(128);
  const names = ["log/hub.log", "state/hub.log", `log/files.log.${aside}`, `log/${longName}.log.${aside}`];
  for (const [age, name] of names.entries()) await write(name, age);
  await write("log/notes.txt", 9);
  expect(await readLogEnds(home)).toEqual([
    { name: "logs/hub.log", content: "text of log/hub.log\n" },
    { name: "logs/1-hub.log", content: "text of state/hub.log\n" },
    { name: `logs/files.log.${aside}`, content: `text of log/files.log.${aside}\n` },
    { name: expect.stringMatching(/^logs\/x+\.log\..{1,60}$/), content: expect.stringContaining("text of") },
  ]);
});

// Linux has files that nobody may read, root among them.
const unreadable = "/sys/bus/platform/drivers_probe";
const hasUnreadable = await access(unreadable).then(
  () => true,
  () => false,
);

test.skipIf(!hasUnreadable)(
  `a log that cannot be opened says so, and costs no other one (needs ${unreadable})`,
  async () => {
    await write("log/files.log", 0);
    await symlink(unreadable, join(home, "log/sealed.log"));
    const contents = Object.fromEntries(
      (await readLogEnds(home)).map(({ name, content }) => [name, content]),
    );
    expect(contents).toEqual({
      "logs/files.log": "text of log/files.log\n",
      "logs/sealed.log": expect.stringContaining("could not be read: EACCES"),
    });
  },
);
