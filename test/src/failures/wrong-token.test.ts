import { expect, test } from "vitest";
import { startDaemon } from "./support/executor-daemon.js";
import { expectFailure } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene, secrets } from "./support/scene.js";

const refused = { exit: 3, code: "unauthenticated", reason: "bad_token" } as const;

test("a wrong token is refused with where the right one is, and never shown", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene, { listen: "127.0.0.1:0" });
  await scene.configure(
    `[executors.far]\nurl = "${daemon.address}"\ntoken_env = "TOKEN"\n` +
      scene.server("files", [], ['executor = "far"']),
  );
  const options = { env: { TOKEN: secrets.token }, stillRunning: [daemon.pid] };
  const expected = { ...refused, tells: ["far", "refused the bearer token", "executor.token"] };
  const told = [
    await expectFailure(scene, ["call", "files", "echo"], expected, options),
    await expectFailure(scene, ["executor", "describe", "far"], expected, options),
    await expectFailure(
      scene,
      ["run", "--executor", "far", "--", "true"],
      { ...expected, exit: 125 },
      options,
    ),
  ];
  for (const error of told) {
    expect(error.details).toMatchObject({ executor: "far", url: daemon.address });
    expect(JSON.stringify(error)).not.toContain(daemon.token);
  }
  expect(daemon.stderr()).toBe("");
});

test.each([
  ["is not set", undefined],
  ["is blank", ""],
  ["contains a line break", `${secrets.token}\nX-Evil: 1`],
])("a token variable that %s is told by its name", async (what, value) => {
  await using scene = await createScene();
  await scene.configure('[executors.far]\nurl = "grpc://127.0.0.1:9"\ntoken_env = "FAR_TOKEN"\n');
  await expectFailure(
    scene,
    ["executor", "describe", "far"],
    { ...refused, tells: ["far", "FAR_TOKEN", what] },
    { env: value === undefined ? {} : { FAR_TOKEN: value } },
  );
});

test("a token file that is not there is told by its path", async () => {
  await using scene = await createScene();
  await scene.configure('[executors.far]\nurl = "grpc://127.0.0.1:9"\ntoken_file = "/none/far.token"\n');
  await expectFailure(scene, ["executor", "describe", "far"], {
    ...refused,
    tells: ["far", "/none/far.token"],
  });
});

test("serve fails the calls with it and lives on", async () => {
  await using scene = await createScene();
  await using daemon = await startDaemon(scene, { listen: "127.0.0.1:0" });
  const token = await scene.folder.write("wrong.token", `${secrets.token}\n`);
  await scene.configure(
    `[executors.far]\nurl = "${daemon.address}"\ntoken_file = "${token}"\n` +
      scene.server("files", [], ['executor = "far"']),
  );
  await expectServedFailure(
    scene,
    async (agent) => {
      const { error } = await callServed(agent, "files__echo", { text: "x" });
      expect(error?.message).toMatch("refused the bearer token");
      expect(error).toMatchObject({ data: { fairlead: { code: "unauthenticated" } } });
      expect((await agent.request("ping")).result).toEqual({});
      return [/Executor far: .*\[executor_unavailable\]$/];
    },
    { stillRunning: [daemon.pid] },
  );
});
