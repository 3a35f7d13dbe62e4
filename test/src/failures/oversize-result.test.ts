import { expect, test } from "vitest";
import { expectFailure, expectNothingLeft } from "./support/expect-failure.js";
import { callServed, expectServedFailure } from "./support/expect-served-failure.js";
import { createScene } from "./support/scene.js";

const limitBytes = 1024 * 1024;
const limit = `max_message_bytes = ${limitBytes}`;
const tooLarge = {
  exit: 6,
  code: "resource_exhausted",
  reason: "message_too_large",
  tells: ["'big'", "tools/call", "max_message_bytes", String(limitBytes), /raise the limit/],
} as const;

test.each(["of the server", "of the whole file"])("call names the limit %s", async (whose) => {
  await using scene = await createScene();
  const ofServer = whose === "of the server";
  await scene.configure(`${ofServer ? "" : `${limit}\n`}${scene.server("big", [], ofServer ? [limit] : [])}`);
  const error = await expectFailure(scene, ["call", "big", "big", `{"bytes":${limitBytes}}`], tooLarge);
  expect(error.details).toMatchObject({ server: "big", limitBytes });
  expect(Number(error.details["sizeBytes"])).toBeGreaterThan(limitBytes);
});

test("one just below the limit comes through whole", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("big", [], [limit]));
  const bytes = limitBytes - 1_000;
  const result = await scene.fairlead(["call", "big", "big", `{"bytes":${bytes}}`]);
  expect(result.code, result.stderr).toBe(0);
  expect(result.stdout).toBe(`${"x".repeat(bytes)}\n`);
  await expectNothingLeft(scene);
});

test("serve fails that call only: the calls around it are answered by the same server", async () => {
  await using scene = await createScene();
  await scene.configure(scene.server("big", [], [limit]));
  await expectServedFailure(scene, async (agent) => {
    const [before, large, after] = await Promise.all([
      callServed(agent, "big__pid", {}),
      callServed(agent, "big__big", { bytes: 8 * limitBytes }),
      callServed(agent, "big__pid", {}),
    ]);
    expect(large.error?.message).toMatch("max_message_bytes");
    expect(large.error).toMatchObject({
      data: {
        fairlead: { code: "resource_exhausted", details: { reason: "message_too_large", limitBytes } },
      },
    });
    expect(before.result).toBeDefined();
    expect(after.result).toEqual(before.result);
    return [];
  });
});
