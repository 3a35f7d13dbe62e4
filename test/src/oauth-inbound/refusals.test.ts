import { test } from "vitest";
import { expectFailure } from "../failures/support/expect-failure.js";
import { createScene } from "../failures/support/scene.js";

const issuer = '[gateway.oauth]\nissuer = "https://login.example"\n';

test.each<[string, string, readonly string[], string]>([
  [
    "a secret that is not there",
    'introspection = { url = "https://login.example/ask", client_id = "a", client_secret_env = "NOT_SET" }',
    ["--http", "127.0.0.1:0"],
    "NOT_SET",
  ],
  [
    "no address that agents know",
    "",
    ["--http", "0.0.0.0:0", "--dangerously-allow-public-plaintext"],
    "gateway.oauth.resource is missing",
  ],
])("serve does not start with %s", async (_what, line, flags, tells) => {
  await using scene = await createScene();
  await scene.configure(`${issuer}${line}\n`);
  await expectFailure(scene, ["serve", ...flags], {
    exit: 2,
    code: "usage",
    reason: "config_invalid",
    tells: [tells],
  });
});
