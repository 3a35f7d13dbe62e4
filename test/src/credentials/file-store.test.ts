import { readdir } from "node:fs/promises";
import { processMarks } from "@fairlead/machine/process-mark";
import { openCredentialStore } from "@fairlead/oauth";
import {
  canCountProcesses,
  createTempFolder,
  createTestRandom,
  type RawClient,
  runCommand,
  waitUntil,
} from "@fairlead/testkit";
import { describe, expect, test } from "vitest";
import { credentialScript, linesOf, locksLeftIn, startScript } from "./support/programs.js";

/** The names of all credentials, as a program that starts now finds them. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const keyring = new Proxy({} as Parameters<typeof openCredentialStore>[0]["keyring"], {
    get: () => {
      throw new Error("The file store must not touch the keyring");
    },
  });
  const store = await openCredentialStore({
    setting: "file",
    folder,
    keyring,
    processes: processMarks,
    warn: () => {},
  });
  const listed = await store.list();
  if (listed.kind !== "found") throw new Error(`The file is ${JSON.stringify(listed)}`);
  return listed.value.map(({ serverName }) => serverName);
}

/** What must be there after a program printed these lines, and what must not. */
function toldBy(program: RawClient): { kept: readonly string[]; removed: readonly string[] } {
  const removed = linesOf(program).flatMap((line) => (line.startsWith("-") ? [line.slice(1)] : []));
  return {
    kept: linesOf(program).filter((line) => !line.startsWith("-") && !removed.includes(line)),
    removed,
  };
}

describe("one file of credentials", () => {
  test("loses none of what six processes write and remove at once", async () => {
    await using folder = await createTempFolder("fl-cred-");
    const path = folder.file("credentials");
    const workers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => startScript("store-worker.mjs", path, `w${index}`, "15")),
    );
    try {
      const exits = await Promise.all(workers.map((worker) => worker.exited));
      expect(workers.map((worker) => worker.stderr()).join("")).toBe("");
      expect(exits.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
      const kept = workers.flatMap((worker) => toldBy(worker).kept);
      expect(kept).toHaveLength(60);
      expect((await namesIn(path)).toSorted()).toEqual(kept.toSorted());
      expect((await readdir(path)).toSorted()).toEqual(["credentials.json", "locks"]);
    } finally {
      await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
    }
  });

  test.skipIf(!canCountProcesses())(
    "is whole after every kill, and keeps all that was told to be kept",
    async () => {
      await using folder = await createTempFolder("fl-cred-");
      const path = folder.file("credentials");
      const random = createTestRandom("kills");
      for (let round = 0; round < 12; round += 1) {
        const workers = await Promise.all(
          [0, 1, 2].map((index) => startScript("store-worker.mjs", path, `r${round}w${index}`, "1000")),
        );
        try {
          const enough = random.integer(3, 12);
          await waitUntil(() => workers.some((worker) => worker.lines.length >= enough), {
            withinMs: 20_000,
            what: () => `Some writes (${workers.map((worker) => worker.stderr()).join()})`,
          });
          for (const worker of workers) worker.kill("SIGKILL");
          await Promise.all(workers.map((worker) => worker.exited));
          const names = await namesIn(path);
          // The last one may have been kept, or removed, without having been told.
          for (const { kept, removed } of workers.map(toldBy)) {
            expect(names).toEqual(expect.arrayContaining(kept.slice(0, -1)));
            expect(names.filter((name) => removed.includes(name))).toEqual([]);
          }
        } finally {
          await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
        }
      }
      await using last = await startScript("store-worker.mjs", path, "last", "1");
      expect(await last.exited).toMatchObject({ code: 0 });
      expect((await readdir(path)).toSorted()).toEqual(["credentials.json", "locks"]);
      expect(await locksLeftIn(`${path}/locks`)).toEqual([]);
    },
  );

  test("stays as it was on a full disk, which is told without a secret", async (context) => {
    await using folder = await createTempFolder("fl-cred-");
    const script = 'mount -t tmpfs -o size=256k tmpfs "$1" && shift && exec "$@"';
    const wrapper = ["unshare", "--mount", "sh", "-c", script, "sh", folder.path];
    const mounted = await runCommand([...wrapper, "true"]).catch((error: unknown) => ({
      code: 1,
      stderr: String(error),
    }));
    if (mounted.code !== 0) context.skip(`no small disk can be mounted here: ${mounted.stderr.trim()}`);
    const worker = [
      process.execPath,
      credentialScript("store-worker.mjs"),
      `${folder.path}/credentials`,
      "w",
      "2000",
    ];
    const count = 'JSON.parse(require("fs").readFileSync(process.argv[1])).entries.length > 100';
    const look = `shift; ("$@") || { ls -A "$0"; node -p '${count}' "$0/credentials.json"; exit 3; }`;
    const result = await runCommand([
      ...wrapper,
      "sh",
      "-c",
      look,
      `${folder.path}/credentials`,
      "-",
      ...worker,
    ]);
    expect(result.code).toBe(3);
    expect(result.stderr).toContain("disk_full");
    expect(result.stderr).toContain("Free some space");
    expect(result.stderr).not.toContain("canary");
    expect(result.stdout).toMatch(/\ncredentials\.json\nlocks\ntrue\n$/);
  });
});
