import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";
import { type Pasted, pasteIntoBash } from "./support/paste.js";
import { runDoctor, type ToldDiagnosis } from "./support/run-doctor.js";

/** What a shell would run, were it not quoted; hosts of addresses may hold it too. */
const trap = "$(touch${IFS}trapped)";
const odd = `it's a ${trap}`;

let scene: Scene;
let told: ToldDiagnosis;
beforeAll(async () => {
  scene = await createScene();
  const tokenFile = scene.folder.file(`${odd}.token`);
  await scene.configure(
    [
      `[executors.trapped]\nurl = ${quoted(`grpcs://${trap}.invalid:7040`)}`,
      `[executors.no-file]\nurl = "grpcs://dev.invalid:7040"\ntoken_file = ${quoted(tokenFile)}`,
      '[executors.no-variable]\nurl = "grpcs://[2001:db8::1]:7040"\ntoken_env = "NO_TOKEN"',
      ...server("on-trapped", "trapped"),
      ...server("on-no-file", "no-file"),
      ...server("on-no-variable", "no-variable"),
      ...server("no-folder", "local", [`cwd = ${quoted(`/none/${odd}`)}`]),
      ...server("no-program", "local", [], odd),
    ].join("\n"),
  );
  told = await runDoctor(scene);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

async function paste(check: string, owner: string): Promise<Pasted> {
  const found = told.checks.find(
    ({ id, server: own, executor }) => id === check && (own ?? executor) === owner,
  );
  if (found?.remediation == null) throw new Error(`${check} of ${owner} has no remedy: ${found?.summary}`);
  return pasteIntoBash(scene, found.remediation);
}

test("names, folders and hosts with all that shells read something into stay words", async () => {
  const host = `${trap}.invalid`.toLowerCase();
  expect((await paste("executor-name", "trapped")).ran).toEqual([["getent", "hosts", host]]);
  expect((await paste("server-cwd", "no-folder")).ran).toEqual([["mkdir", "-p", "--", `/none/${odd}`]]);
  const found = await paste("server-program", "no-program");
  expect(found.result.stderr).toBe("");
  expect(await readdir(scene.folder.file("pasted"))).toEqual([]);
});

test("a token file is fetched from the host of the url, and closed", async () => {
  const file = scene.folder.file(`${odd}.token`);
  expect((await paste("executor-config", "no-file")).ran).toEqual([
    ["scp", "dev.invalid:.fairlead/executor.token", file],
    ["chmod", "600", file],
  ]);
});

test("a token is fetched into its variable", async () => {
  expect((await paste("executor-config", "no-variable")).ran).toEqual([
    ["ssh", "2001:db8::1", "cat", ".fairlead/executor.token"],
  ]);
});

function server(
  name: string,
  executor: string,
  more: readonly string[] = [],
  command = "/bin/true",
): readonly string[] {
  const table = [`[mcp_servers.${name}]`, `command = ${quoted(command)}`, `executor = "${executor}"`];
  return [...table, ...more];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
