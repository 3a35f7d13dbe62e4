import { generateKeyPairSync } from "node:crypto";
import { waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "../oauth/support/authorization-server.js";
import { untilSaid } from "../serve-cli/support/http-gateway.js";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import { startInboundScene } from "./support/inbound-scene.js";

function keySet(kid: string): { readonly keys: readonly object[] } {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return { keys: [{ ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }] };
}

test("keys that are exchanged are taken, those that are gone are not; an issuer that is away shuts nobody out", async () => {
  const stack = createDisposeStack();
  try {
    const first = await startAuthorizationServer({ accessTokenFormat: "jwt", jwks: keySet("first") });
    let current: AuthorizationServer = first;
    await using inbound = await startInboundScene(() => current);
    const old = await inbound.token();
    expect((await inbound.knock(old)).status).toBe(200);

    await first[Symbol.asyncDispose]();
    expect((await inbound.knock(old)).status).toBe(200);

    const port = Number(new URL(first.issuer).port);
    current = stack.use(
      await startAuthorizationServer({ accessTokenFormat: "jwt", jwks: keySet("second"), port }),
    );
    const fresh = await inbound.token();
    // Keys are not looked for more often than every ten seconds.
    await waitUntil(async () => (await inbound.knock(fresh)).status === 200, {
      withinMs: 20_000,
      what: () => "the acceptance of a token with a new key",
    });
    expect((await inbound.knock(old)).status).toBe(401);
  } finally {
    await stack[Symbol.asyncDispose]();
  }
}, 60_000);

test("an issuer that was never reached is no reason to log in again", async () => {
  const gone = await startAuthorizationServer({ accessTokenFormat: "jwt" });
  await using inbound = await startInboundScene(() => gone);
  const shown = await inbound.token();
  await gone[Symbol.asyncDispose]();
  const answer = await inbound.knock(shown);
  expect([answer.status, answer.headers["www-authenticate"]]).toEqual([503, undefined]);
  expect(answer.headers["retry-after"]).toBe("5");
  // It comes by another pipe than the answer, so perhaps after it.
  await untilSaid(inbound.gateway.process, `nobody can log in by tokens of ${gone.issuer} now`);
});
