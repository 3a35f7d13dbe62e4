import { readdir, readFile, stat } from "node:fs/promises";
import {
  binaryCommand,
  initializeRawClient,
  type RawClient,
  spawnRawClient,
  waitUntil,
} from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectClean, expectFailure } from "../failures/support/expect-failure.js";
import { callServed } from "../failures/support/expect-served-failure.js";
import { createScene, type Scene, secrets } from "../failures/support/scene.js";

interface Entry {
  readonly time: string;
  readonly server: string;
  readonly executor: string;
  readonly host: number;
  readonly stream: string;
  readonly event?: string;
  readonly text: string;
}

const patience = { withinMs: 15_000 };

async function startAgent(scene: Scene, ...servers: readonly string[]): Promise<RawClient> {
  const agent = await scene.start(["serve"]);
  await initializeRawClient(agent);
  for (const server of servers) await callServed(agent, `${server}__echo`, { text: "x" });
  return agent;
}

async function say(agent: RawClient, server: string, text: string): Promise<void> {
  expect((await callServed(agent, `${server}__stderr`, { text })).error).toBeUndefined();
}

async function leave(agent: RawClient): Promise<void> {
  agent.closeStdin();
  expect(await agent.exited).toMatchObject({ code: 0 });
}

async function logs(scene: Scene, ...args: readonly string[]): Promise<readonly Entry[]> {
  const result = await scene.fairlead(["logs", "--json", ...args]);
  expectClean(result);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return parse(result.stdout);
}

function parse(stdout: string): readonly Entry[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Entry);
}

test("logs have what a server said and what happened to it, of every host, also when none runs any more", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("files") + scene.server("web"));
  const agents = [await startAgent(scene, "files"), await startAgent(scene, "web")];
  const [one, other] = agents;
  if (one === undefined || other === undefined) throw new Error("Two agents were started");
  await say(one, "files", "hello from one");
  await say(other, "files", `the secret is ${secrets.configured}, and ${secrets.copied}`);
  await callServed(one, "files__exit", { code: 3 });
  await leave(one);
  await leave(other);

  const entries = await logs(scene, "files");
  const words = entries.map(({ stream, text }) => `${stream} ${text}`);
  expect(words).toContain("event starting on local");
  expect(words).toContain("stderr hello from one");
  expect(words).toContain("stderr the secret is ***, and ***");
  expect(words.join("\n")).toMatch(/^event ready after \d+ ms$/m);
  expect(words.join("\n")).toMatch(/^event lost \(exited\): .*code 3/m);
  expect(new Set(entries.map(({ host }) => host))).toEqual(new Set([one.pid, other.pid]));
  expect(new Set(entries.map(({ server, executor }) => `${server} ${executor}`))).toEqual(
    new Set(["files local"]),
  );
  expect(entries.map(({ time }) => time)).toEqual(entries.map(({ time }) => time).toSorted());
  expect(new Set((await logs(scene)).map(({ server }) => server))).toEqual(new Set(["files", "web"]));
  expect(await logs(scene, "files", "--lines", "2")).toEqual(entries.slice(-2));
  expect(await logs(scene, "--since", "2020-01-01")).toHaveLength((await logs(scene)).length);

  const plain = await scene.fairlead(["logs", "files"]);
  expectClean(plain);
  expect(plain.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[local \d+\] \| hello from one$/m);
  const all = await scene.fairlead(["logs"]);
  expect(all.stdout).toMatch(/^\S+ \S+ files \[local \d+\] \| hello from one$/m);

  const folder = scene.folder.file("home/log");
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const name of await readdir(folder)) {
    expect((await stat(`${folder}/${name}`)).mode & 0o777).toBe(0o600);
    const text = await readFile(`${folder}/${name}`, "utf8");
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
  }
});

test("a name that nobody knows is told with the nearest, also where the configuration is broken", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("files"));
  const expected = { exit: 5, code: "not_found", reason: "server_unknown" } as const;
  await expectFailure(scene, ["logs", "fils"], { ...expected, tells: ['"fils"', 'Did you mean "files"?'] });
  await expectFailure(scene, ["logs", "-f", "other"], { ...expected, tells: ["Known are files"] });
  const nothing = await scene.fairlead(["logs", "files"]);
  expect(nothing).toMatchObject({ code: 0, stdout: "" });
  expect(nothing.stderr).toMatch(/^Nothing is logged of files yet/);
  await leave(await startAgent(scene, "files"));
  await scene.configure("this is no TOML");
  const texts = (await logs(scene, "files")).map(({ text }) => text);
  expect(texts).toEqual(["starting on local", expect.stringMatching(/^ready after \d+ ms$/)]);
});

test("-f goes on: with servers that start later, across files put aside, and ends with its reader", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("files") + scene.server("late"));
  await using follower = await scene.start(["logs", "-f", "--json"]);
  const seen = (): readonly Entry[] => parse(follower.lines.map((line) => line.toString()).join("\n"));
  const agents = [await startAgent(scene, "files"), await startAgent(scene, "files")];
  // Over a megabyte of two hosts at once.
  const line = "x".repeat(6_000);
  const expected: string[] = [];
  for (let round = 0; round < 120; round += 1) {
    await Promise.all(
      agents.map(async (agent, who) => {
        expected.push(`${who}.${round}`);
        await say(agent, "files", `${who}.${round} ${line}`);
      }),
    );
  }
  const [one] = agents;
  if (one === undefined) throw new Error("Two agents were started");
  await say(one, "late", "better late");
  await waitUntil(() => seen().some(({ text }) => text === "better late"), {
    ...patience,
    what: "The late line",
  });
  const numbers = (entries: readonly Entry[]): string[] =>
    entries.flatMap(({ text }) => /^(\d\.\d+) x/.exec(text)?.[1] ?? []).toSorted();
  await waitUntil(() => numbers(seen()).length >= expected.length, { ...patience, what: "All lines" });
  expect(numbers(seen())).toEqual(expected.toSorted());
  expect(
    (await readdir(scene.folder.file("home/log"))).filter((name) => name.startsWith("files.log.")),
  ).not.toEqual([]);
  expect(numbers(await logs(scene, "files", "--lines", "1000"))).toEqual(expected.toSorted());
  follower.kill("SIGINT");
  expect(await follower.exited).toMatchObject({ code: 130 });
  expect(follower.stderr()).toBe("");

  await using piped = await spawnRawClient(
    ["sh", "-c", '"$@" | head -n 1', "sh", ...binaryCommand("fairlead"), "logs", "-f"],
    { env: scene.env, cwd: scene.folder.path },
  );
  let hasEnded = false;
  void piped.exited.then(() => {
    hasEnded = true;
  });
  await waitUntil(
    async () => {
      await say(one, "files", "again");
      return hasEnded;
    },
    { ...patience, what: "The end of logs -f behind head" },
  );
  expect(piped.lines).toHaveLength(1);
  for (const agent of agents) await leave(agent);
});
