import { fixtureServerPath } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { expectClean, expectFailure, expectNothingLeft } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene, serverTable } from "./support/scene.js";

const chatter =
  "setInterval(() => console.log('still compiling'), 20); process.stdin.resume().on('end', () => process.exit())";

test("a program that is no MCP server at all is told as one, with how many lines were none", async () => {
  await using scene = await createScene();
  const argv = [process.execPath, "-e", chatter, scene.marker];
  await scene.configure(serverTable("chatty", argv, ["startup_timeout_sec = 1"]));
  const error = await expectFailure(scene, ["call", "chatty", "echo"], {
    exit: 4,
    code: "unavailable",
    reason: "handshake_failed",
    tells: ["'chatty'", "within 1000 ms", "startup_timeout_sec", /speaks MCP on stdio/, /no messages: \d+/],
  });
  expect(error.details).toMatchObject({ failure: "handshake_timeout", server: "chatty" });
});

// Junk that answers the question for the era says no more than that the server does not know it.
const legacy = ['protocol = "legacy"'];

test("junk that pretends to be the answer fails the call that it names", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("junk", ["--garbage"], legacy));
  await expectFailure(scene, ["call", "junk", "echo"], {
    exit: 7,
    code: "protocol",
    reason: "frame_invalid",
    tells: ["'junk'", "initialize", "not JSON"],
  });
});

test("junk around good messages is survived", async () => {
  await using scene = await createScene();
  const script = `echo '> server@1.0.0 start'; echo; printf '\\377\\376\\n'; exec "$0" "$@"`;
  const argv = ["sh", "-c", script, process.execPath, fixtureServerPath, "--marker", scene.marker];
  await scene.configure(serverTable("wrapped", argv));
  const result = await scene.fairlead(["call", "wrapped", "echo", '{"text":"through"}']);
  expectClean(result);
  expect(result).toMatchObject({ code: 0, stdout: "through\n", stderr: "" });
  await expectNothingLeft(scene);
});

test("serve tells what it skipped, keeps its own stdout clean and serves the others", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("junk", ["--garbage"], legacy) + scene.server("good"));
  await expectServedFailure(scene, async (agent) => {
    const { error } = await callServed(agent, "junk__echo", { text: "x" });
    expect(error).toMatchObject({ data: { fairlead: { code: "protocol" } } });
    expect((await callServed(agent, "good__echo", { text: "x" })).error).toBeUndefined();
    return (lines) => {
      const failures = lines.filter((line) => line.includes("to initialize is broken"));
      expect(failures).toHaveLength(1);
      for (const line of lines) expect(line).toMatch(/'junk'/);
      expect(lines.join("\n")).toContain('was skipped: "> server@1.0.0 start"');
    };
  });
});
