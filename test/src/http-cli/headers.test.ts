import { type HttpFront, processesWithMarker } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectClean, expectFailure } from "../failures/support/expect-failure.js";
import { type Scene, secrets } from "../failures/support/scene.js";
import { createHeaderScene, type HeaderScene } from "./support/header-scene.js";
import { httpTable } from "./support/http-table.js";

let headers: HeaderScene;
let scene: Scene;
let front: HttpFront;
let call: HeaderScene["call"];
let sent: HeaderScene["sent"];
beforeEach(async () => {
  headers = await createHeaderScene();
  ({ scene, front, call, sent } = headers);
});
afterEach(() => headers[Symbol.asyncDispose]());

test("a server gets what its table says, on every request", async () => {
  await scene.configure(
    httpTable("web", front.url("/mcp?tenant=a"), [
      'bearer_token_env_var = "COPIED_SECRET"',
      'http_headers = { "X-Team" = "tools", "X-Key" = "written" }',
      'env_http_headers = { "x-key" = "KEY", "X-Blank" = "BLANK" }',
    ]),
  );
  await call("web", { KEY: "of the host", BLANK: " " });
  expect(sent("Authorization")).toBe(`Bearer ${secrets.copied}`);
  expect(sent("X-Team")).toBe("tools");
  expect(sent("X-Key")).toBe("of the host");
  expect(sent("X-Blank")).toBeUndefined();
  expect(new Set(front.requests.map(({ path }) => path))).toEqual(new Set(["/mcp?tenant=a"]));
});

test("a token that begins with Bearer is sent once, with a warning that does not show it", async () => {
  await scene.configure(httpTable("web", front.url(), ['bearer_token_env_var = "TOKEN"']));
  const result = await scene.fairlead(["call", "web", "echo"], {
    env: { TOKEN: `bearer ${secrets.copied}` },
  });
  expectClean(result);
  expect(result).toMatchObject({ code: 0, stdout: "called\n" });
  expect(result.stderr).toMatch(/^fairlead: web: the environment variable TOKEN begins with "Bearer".*\n$/);
  expect(sent("Authorization")).toBe(`Bearer ${secrets.copied}`);
});

test("two servers of one origin never get each other's", async () => {
  await scene.configure(
    [
      httpTable("one", front.url("/one"), [
        'bearer_token_env_var = "ONE"',
        'http_headers = { "X-One" = "1" }',
      ]),
      httpTable("two", front.url("/two"), [
        'bearer_token_env_var = "TWO"',
        'http_headers = { "X-Two" = "2" }',
      ]),
      httpTable("none", front.url("/none")),
    ].join("\n"),
  );
  const listed = await scene.fairlead(["tools"], { env: { ONE: "token-1", TWO: "token-2" } });
  expectClean(listed);
  expect(listed).toMatchObject({ code: 0, stderr: "" });
  const seen = front.requests.map(({ path, headers }) =>
    [path, headers.authorization, headers["x-one"], headers["x-two"]].join(" "),
  );
  expect([...new Set(seen)].toSorted()).toEqual([
    "/none   ",
    "/one Bearer token-1 1 ",
    "/two Bearer token-2  2",
  ]);
});

describe("through an executor", () => {
  test("the variables of each machine are its own", async () => {
    await using daemon = await startDaemon(scene);
    const more = [
      'executor = "far"',
      'bearer_token_env_var = { name = "COPIED_SECRET", source = "executor" }',
      'env_http_headers = { "X-There" = { name = "SCENE_MARKER", source = "executor" }, "X-Here" = "SCENE_MARKER" }',
    ];
    await scene.configure(httpTable("web", front.url(), more) + executorTable("far", daemon));
    await call("web", { COPIED_SECRET: "the host's", SCENE_MARKER: "the host's" });
    expect(sent("Authorization")).toBe(`Bearer ${secrets.copied}`);
    expect(sent("X-There")).toBe(scene.marker);
    expect(sent("X-Here")).toBe("the host's");
  });

  test("a token that is not set there is told with its name", async () => {
    await using daemon = await startDaemon(scene);
    const more = ['executor = "far"', 'bearer_token_env_var = { name = "NO_TOKEN", source = "executor" }'];
    await scene.configure(httpTable("web", front.url(), more) + executorTable("far", daemon));
    const error = await expectFailure(
      scene,
      ["call", "web", "echo"],
      { exit: 2, code: "usage", reason: "argument_invalid", tells: ["NO_TOKEN"] },
      { env: { NO_TOKEN: "the host's" }, stillRunning: [daemon.pid] },
    );
    expect(error.details).toMatchObject({ failure: "config_invalid" });
    expect(front.requests).toHaveLength(0);
  });
});

test("for a server that is reached from here no executor is started", async () => {
  let commands: readonly string[] = [];
  front.intercept({
    when: ({ rpc }) => rpc?.method === "tools/call",
    times: 1,
    answer: ({ rpc }, response) => {
      commands = processesWithMarker(scene.marker).map(({ cmdline }) => cmdline.join(" "));
      const result = { content: [{ type: "text", text: "called" }], resultType: "complete" };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: rpc?.id, result }));
    },
  });
  await scene.configure(httpTable("web", front.url()));
  await call("web");
  expect(commands).toEqual([expect.stringMatching(/fairlead\.js call web echo$/)]);
});
