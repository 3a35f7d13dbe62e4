import { createServer } from "node:net";
import { holdRefusingPort } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { defaultSocket, executorTable, startDaemon } from "./support/executor-daemon.js";
import { expectFailure } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene, type Scene, secrets } from "./support/scene.js";

const dead = { exit: 4, code: "unavailable", reason: "executor_unreachable" } as const;

/** A socket file that nobody listens on any more: its executor was killed. */
async function staleSocket(scene: Scene): Promise<string> {
  const daemon = await startDaemon(scene);
  daemon.kill("SIGKILL");
  await daemon.exited;
  return `unix://${defaultSocket(scene)}`;
}

test.each(["stale socket", "missing socket", "closed port"])(
  "call names executor, address and remedy: %s",
  async (kind) => {
    await using scene = await createScene();
    await using closed = await holdRefusingPort();
    const url =
      kind === "stale socket"
        ? await staleSocket(scene)
        : kind === "closed port"
          ? `grpc://127.0.0.1:${closed.port}`
          : "unix:///tmp/fairlead-none/x.sock";
    const token = kind === "closed port" ? 'token_env = "TOKEN"' : "";
    await scene.configure(
      `[executors.far]\nurl = ${JSON.stringify(url)}\n${token}\n${scene.server("files", [], ['executor = "far"'])}`,
    );
    const options = { env: { TOKEN: secrets.token } };
    const expected = { ...dead, tells: ["far", url, "Is fairlead-executor running there?"] };
    const error = await expectFailure(scene, ["call", "files", "echo"], expected, options);
    expect(error.details).toMatchObject({ executor: "far", url });
    await expectFailure(scene, ["executor", "describe", "far"], expected, options);
    await expectFailure(
      scene,
      ["run", "--executor", "far", "--", "true"],
      { ...expected, exit: 125 },
      options,
    );
  },
);

test("one that accepts and never answers is given up after three seconds", async () => {
  await using scene = await createScene();
  const silent = createServer();
  const port = await new Promise<number>((resolve) => {
    silent.listen(0, "127.0.0.1", () => resolve((silent.address() as { port: number }).port));
  });
  const url = `grpc://127.0.0.1:${port}`;
  await scene.configure(`[executors.far]\nurl = "${url}"\ntoken_env = "TOKEN"\n`);
  const result = await scene.fairlead(["executor", "describe", "far"], { env: { TOKEN: secrets.token } });
  silent.close();
  expect(result.code).toBe(4);
  expect(result.stderr).toMatch(`Executor far at ${url} cannot be reached: no answer within 3000 ms`);
  expect(result.durationMs).toBeLessThan(6_000);
});

test("executor add writes nothing", async () => {
  await using scene = await createScene();
  await expectFailure(scene, ["executor", "add", "far", "unix:///tmp/fairlead-none/x.sock"], {
    ...dead,
    tells: ["far", "unix:///tmp/fairlead-none/x.sock"],
  });
  expect(await scene.configText()).toBeUndefined();
});

test("serve fails the calls to servers on it, and no others", async () => {
  await using scene = await createScene();
  const address = `unix://${defaultSocket(scene)}`;
  await scene.configure(
    executorTable("far", { address, tokenFile: undefined }) +
      scene.server("files", [], ['executor = "far"']) +
      scene.server("good"),
  );
  await expectServedFailure(scene, async (agent) => {
    const { error } = await callServed(agent, "files__echo", { text: "x" });
    expect(error?.message).toMatch(`Executor far at ${address} cannot be reached`);
    expect(error).toMatchObject({ data: { fairlead: { details: { reason: "executor_unreachable" } } } });
    expect((await callServed(agent, "good__echo", { text: "x" })).error).toBeUndefined();
    return [/Executor far at .*\[executor_unavailable\]$/];
  });
});
