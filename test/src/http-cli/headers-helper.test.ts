import { chmod } from "node:fs/promises";
import type { HttpFront } from "@fairlead/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectFailure, expectNothingLeft } from "../failures/support/expect-failure.js";
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

describe("a helper", () => {
  async function helper(body: string): Promise<string> {
    const path = await scene.folder.write("helper.sh", `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }

  test("says the headers, knowing our environment and for which server", async () => {
    const path = await helper(
      'echo "{\\"Authorization\\": \\"Basic $COPIED_SECRET\\", \\"X-For\\": \\"$FAIRLEAD_SERVER_NAME $FAIRLEAD_SERVER_URL $1\\"}"',
    );
    await scene.configure(
      httpTable("web", front.url(), [`headers_helper = [${JSON.stringify(path)}, "an argument"]`]),
    );
    await call("web");
    expect(sent("Authorization")).toBe(`Basic ${secrets.copied}`);
    expect(sent("X-For")).toBe(`web ${front.url()} an argument`);
    await expectNothingLeft(scene);
  });

  test("may be a line for the shell", async () => {
    await scene.configure(
      httpTable("web", front.url(), [`headers_helper = 'echo "{}" | sed s/{/{\\"X-A\\":\\"b\\"/'`]),
    );
    await call("web");
    expect(sent("X-A")).toBe("b");
  });

  test("that fails is told with its last words, and nothing is sent", async () => {
    const path = await helper('echo "{}"; echo "log in first" >&2; exit 3');
    await scene.configure(httpTable("web", front.url(), [`headers_helper = ${JSON.stringify(path)}`]));
    await expectFailure(scene, ["call", "web", "echo"], {
      exit: 2,
      code: "usage",
      reason: "config_invalid",
      tells: ["'web'", "headers_helper exited with code 3"],
    });
    expect(front.requests).toHaveLength(0);
  });
});
