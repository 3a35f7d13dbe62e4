import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type ClientName, type ClientScope, clientFile } from "../clients/client-files.js";
import { parseToml } from "../toml/parse-toml.js";
import { validateConfig } from "../validate/validate-config.js";
import { readForeignFile } from "./foreign-file.js";
import { type ImportOptions, type ImportPlan, planImport } from "./plan-import.js";

const folder = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const env = {
  OTHER_TOKEN: "other-secret-value",
  TEAM_ID: "team-7",
  API_VERSION: "2",
  MCP_CLIENT_ID: "client-from-env",
  PWD: "/work/site",
};

function importFixture(client: ClientName, scope: ClientScope, options: ImportOptions = {}): ImportPlan {
  const file = clientFile(client, scope, {
    platform: "linux",
    env: {},
    userHome: `${folder}home`,
    project: `${folder}project`,
  });
  if (file === undefined) throw new Error(`${client} has no such file`);
  const project = scope === "project" ? "/work/site" : undefined;
  const text = readFileSync(file.path, "utf8");
  const source = { file: file.path, project, currentFolder: "/work/site" };
  const { servers = [] } = readForeignFile(text, source) ?? {};
  return planImport("# mine\n", servers, {
    env,
    userHome: "/home/me",
    separator: "/",
    maxName: 48,
    options: { skipsInvalid: true, ...options },
  });
}

const fixtures = [
  ["claude", "user"],
  ["claude", "project"],
  ["claude-desktop", "user"],
  ["codex", "user"],
  ["codex", "project"],
  ["cursor", "user"],
  ["cursor", "project"],
  ["gemini", "user"],
  ["vscode", "user"],
  ["vscode", "project"],
  ["windsurf", "user"],
  ["zed", "user"],
] as const;

/** The paths of all values of a server; an array is one value. */
function leaves(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  const inner = Object.entries(value);
  if (inner.length === 0) return [path];
  return inner.flatMap(([key, member]) => leaves(member, path === "" ? key : `${path}.${key}`));
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

describe.each(fixtures)("the %s configuration of a %s", (client, scope) => {
  test("comes over without loss: every key is kept, or told as left", () => {
    const plan = importFixture(client, scope);
    const raw = rawServers(client, scope);
    expect(plan.servers.length).toBeGreaterThan(0);
    for (const server of plan.servers) {
      const { kept, left, problems } = server;
      const told = [...kept.map(({ from }) => from), ...[...left, ...problems].map(({ key }) => key)];
      const missing = leaves(raw.get(`${server.scope ?? ""} ${server.theirName}`), "").filter(
        (leaf) =>
          !told.some(
            (key) => key === leaf || key === "" || leaf.startsWith(`${key}.`) || key.startsWith(`${leaf}[`),
          ),
      );
      expect({ server: server.theirName, missing }).toEqual({ server: server.theirName, missing: [] });
    }
  });

  test("is written so that every kept key is there", () => {
    const plan = importFixture(client, scope);
    const source = { file: "config.toml", kind: "toml", lineOf: () => undefined } as const;
    const { value, problems, unknownKeys } = validateConfig(
      parseToml(plan.text, "config.toml"),
      () => source,
    );
    expect([...problems, ...unknownKeys]).toEqual([]);
    for (const { name, status, kept } of plan.servers) {
      if (status !== "added") continue;
      for (const { to } of kept) {
        expect({ name, to, value: valueAt(value?.mcp_servers[name], to) }).not.toMatchObject({
          value: undefined,
        });
      }
    }
  });

  test("no secret of it is in the new file", () => {
    const { text } = importFixture(client, scope);
    expect(text).not.toMatch(
      /hunter2|patAbC|0c1d2e3f|0123456789abcdef|s3cr3t|other-secret|YOUR_API_KEY_HERE/,
    );
  });
});

function rawServers(client: ClientName, scope: ClientScope): Map<string, unknown> {
  const place = {
    platform: "linux",
    env: {},
    userHome: `${folder}home`,
    project: `${folder}project`,
  } as const;
  const file = clientFile(client, scope, place)?.path ?? "";
  const source = { file, project: "/work/site", currentFolder: "/work/site" };
  const { servers = [] } = readForeignFile(readFileSync(file, "utf8"), source) ?? {};
  return new Map(servers.map(({ name, scope: of, raw }) => [`${of ?? ""} ${name}`, raw]));
}

/** What an import comes to, for people who read the test. */
function story(plan: ImportPlan): string {
  const lines = plan.servers.flatMap(({ theirName, status, left, notes, toSet, problems, proposedName }) => [
    `${theirName}: ${status}${proposedName === undefined ? "" : `, proposed ${proposedName}`}`,
    ...problems.map(({ key, text }) => `  ! ${key} ${text}`),
    ...toSet.map(({ key, text }) => `  $ ${key}: ${text}`),
    ...notes.map(({ key, text }) => `  ~ ${key} ${text}`),
    ...left.map(({ key, reason }) => `  - ${key} ${reason}`),
  ]);
  return `${lines.join("\n")}\n\n${plan.text}`;
}

test.each(fixtures)("what the %s configuration of a %s comes to", (client, scope) => {
  expect(story(importFixture(client, scope))).toMatchSnapshot();
});
