import type { HttpServerConfig, StdioServerConfig } from "@fairlead/config";
import { expect, test } from "vitest";
import { serverSettings } from "../../runtime/server-fixture.js";
import { checkHostVariables } from "./host-variables.js";

const program: StdioServerConfig = {
  ...serverSettings,
  transport: "stdio",
  command: "x",
  args: [],
  env: {},
  envVars: [{ name: "SUFFIX", source: "host" }],
};

const web: HttpServerConfig = {
  ...serverSettings,
  transport: "http",
  url: "https://mcp.example/mcp",
  headers: {},
  envHeaders: { "X-Team": { name: "TEAM", source: "host" } },
  bearerTokenVar: { name: "BEARER", source: "host" },
  forwardHeaders: [],
  login: { mode: "auto", clientSecretVar: "CLIENT_SECRET" },
} as unknown as HttpServerConfig;

test("a variable of a program that is set and empty is set", () => {
  expect(checkHostVariables(program, { SUFFIX: "" })).toMatchObject({ status: "ok" });
  expect(checkHostVariables(program, {})).toMatchObject({
    status: "failed",
    summary: "not set here: SUFFIX",
  });
});

test("an empty bearer token, header or client secret counts as not set", () => {
  const env = { TEAM: "a", BEARER: "b", CLIENT_SECRET: "c" };
  expect(checkHostVariables(web, env)).toMatchObject({ status: "ok" });
  for (const name of Object.keys(env)) {
    expect(checkHostVariables(web, { ...env, [name]: " " })).toMatchObject({
      status: "failed",
      summary: `not set here: ${name}`,
    });
  }
});
