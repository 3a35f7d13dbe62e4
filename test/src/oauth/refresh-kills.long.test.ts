import { setTimeout as pause } from "node:timers/promises";
import { createTestRandom } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { startAuthorizationServer } from "./support/authorization-server.js";
import { createStoredLogin, expired } from "./support/token-users.js";

const rounds = 60;
/** From before the lock to after the last write, on a machine that does nothing else. */
const longestMs = 120;

test("killed at any moment, a renewal leaves a login that the next process can renew", async () => {
  const random = createTestRandom("refresh-kills");
  await using authorization = await startAuthorizationServer({ isRotating: false });
  await using login = await createStoredLogin(authorization, "http://127.0.0.1:9/mcp");
  let killed = 0;
  for (let round = 0; round < rounds; round += 1) {
    await login.write({ ...(await login.read()), ...expired() });
    {
      await using victim = await login.startUser();
      await victim.go();
      await pause(random.integer(0, longestMs));
      victim.kill();
      if ((await victim.exited).signal === "SIGKILL") killed += 1;
    }
    await using next = await login.startUser();
    await next.go();
    expect(await next.result()).toMatchObject({ accessToken: (await login.read()).accessToken });
    expect((await next.exited).code).toBe(0);
  }
  expect(killed).toBeGreaterThan(rounds / 4);
});
