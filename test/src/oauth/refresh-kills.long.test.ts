import { setTimeout as pause } from "node:timers/promises";
import { createTestRandom } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { startAuthorizationServer } from "./support/authorization-server.js";
import { createStoredLogin, expired, type StoredLogin } from "./support/token-users.js";

const wantedKills = 30;

test("killed at any moment, a renewal leaves a login that the next process can renew", async () => {
  const random = createTestRandom("refresh-kills");
  await using authorization = await startAuthorizationServer({ isRotating: false });
  await using login = await createStoredLogin(authorization, "http://127.0.0.1:9/mcp");
  let spanMs = await timeOneRenewal(login);
  for (let killed = 0; killed < wantedKills; ) {
    await login.write({ ...(await login.read()), ...expired() });
    {
      await using victim = await login.startUser();
      await victim.go();
      await pause(random.integer(0, Math.ceil(spanMs)));
      victim.kill();
      const wasInTime = (await victim.exited).signal === "SIGKILL";
      if (wasInTime) killed += 1;
      // However fast the machine is now, kills come early and late, and few of them too late.
      spanMs *= wasInTime ? 1.1 : 0.8;
    }
    await using next = await login.startUser();
    await next.go();
    expect(await next.result()).toMatchObject({ accessToken: (await login.read()).accessToken });
    expect((await next.exited).code).toBe(0);
  }
});

/** From the word to ask to the answer: the moments at which a kill can matter. */
async function timeOneRenewal(login: StoredLogin): Promise<number> {
  await login.write({ ...(await login.read()), ...expired() });
  await using user = await login.startUser();
  const startedAtMs = performance.now();
  await user.go();
  await user.result();
  return performance.now() - startedAtMs;
}
