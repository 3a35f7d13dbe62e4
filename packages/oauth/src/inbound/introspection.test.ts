import { createDeferred, type Fetch } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { createTokenIssuer, goodClaims, nowMs } from "./test-support/token-issuer.js";
import { accepted, validatorOf } from "./test-support/validator-of.js";

describe("asking the issuer", () => {
  const introspection = { endpoint: "https://issuer.test/introspect", clientId: "us", clientSecret: "s" };

  test("accepts what it says is active, and asks once for many requests", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const validator = validatorOf(issuer, { introspection }, clock);
    issuer.introspected = { active: true, ...goodClaims, iss: undefined };
    const both = await Promise.all([validator.validate("opaque"), validator.validate("opaque")]);
    expect(both).toEqual([accepted, accepted]);
    await validator.validate("opaque");
    expect(issuer.requests).toHaveLength(1);
    issuer.introspected = { active: false };
    clock.ms += 10_000;
    expect(await validator.validate("opaque")).toMatchObject({ kind: "invalid" });
    issuer.introspected = { active: true, ...goodClaims };
    clock.ms += 2_000;
    expect(await validator.validate("opaque")).toMatchObject({ kind: "accepted" });
  });

  test.each<[string, object]>([
    ["for somebody else", { aud: "https://else.test" }],
    ["for nobody", { aud: undefined }],
    ["of another issuer", { iss: "https://else.test" }],
    ["that has expired", { exp: 5 }],
    ["that renews logins", { token_use: "refresh_token" }],
    ["that only says who logged in", { nonce: "n" }],
    ["that is only almost active", { active: "true" }],
  ])("refuses a token %s", async (_what, claims) => {
    const issuer = createTokenIssuer();
    issuer.introspected = { active: true, ...goodClaims, ...claims };
    const verdict = await validatorOf(issuer, { introspection }).validate("opaque");
    expect(verdict).toMatchObject({ kind: "invalid" });
  });

  test("tells an issuer that is away from one that says no", async () => {
    const issuer = createTokenIssuer();
    issuer.isUp = false;
    const validator = validatorOf(issuer, { introspection });
    expect(await validator.validate("opaque")).toMatchObject({ kind: "unavailable" });
    issuer.isUp = true;
    issuer.introspected = { active: true, ...goodClaims };
    expect(await validator.validate("opaque")).toMatchObject({ kind: "accepted" });
  });

  test("asks once for a bad token that comes again and again, and anew after a moment", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const validator = validatorOf(issuer, { introspection }, clock);
    for (const _ of [1, 2, 3]) expect(await validator.validate("bad")).toMatchObject({ kind: "invalid" });
    expect(issuer.requests).toHaveLength(1);
    clock.ms += 2_000;
    await validator.validate("bad");
    expect(issuer.requests).toHaveLength(2);
  });

  test("remembers a good token however many bad ones strangers send", async () => {
    const issuer = createTokenIssuer();
    const validator = validatorOf(issuer, { introspection });
    issuer.introspected = { active: true, ...goodClaims };
    await validator.validate("good");
    issuer.introspected = { active: false };
    for (let index = 0; index < 1_001; index += 1) await validator.validate(`bad-${index}`);
    const asked = issuer.requests.length;
    expect(await validator.validate("good")).toMatchObject({ kind: "accepted" });
    expect(issuer.requests).toHaveLength(asked);
    await validator.validate("bad-0");
    expect(issuer.requests).toHaveLength(asked + 1);
  });

  test("asks about few tokens at once, lets some wait, and lets no more wait than that", async () => {
    const issuer = createTokenIssuer();
    const opened = createDeferred<void>();
    let atOnce = 0;
    let most = 0;
    const fetch: Fetch = async (url, init) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await opened.promise;
      atOnce -= 1;
      return issuer.fetch(url, init);
    };
    issuer.introspected = { active: true, ...goodClaims };
    const validator = validatorOf(issuer, { introspection, fetch });
    const asked = Array.from({ length: 145 }, (_, index) => validator.validate(`token-${index}`));
    expect(await asked[144]).toMatchObject({
      kind: "unavailable",
      why: expect.stringContaining("144 tokens already"),
    });
    opened.resolve();
    const verdicts = await Promise.all(asked.slice(0, 144));
    expect(verdicts.filter(({ kind }) => kind === "accepted")).toHaveLength(144);
    expect([most, issuer.requests.length]).toEqual([16, 144]);
    expect(await validator.validate("token-144")).toMatchObject({ kind: "accepted" });
  });

  test.each<[string, number, object]>([
    ["with 401", 401, { error: "invalid_client" }],
    ["with 400 and its word for it", 400, { error: "invalid_client", error_description: "no s3cret-of-us" }],
    ["with 403", 403, {}],
  ])("tells an issuer that refuses us (%s) from one that refuses the token", async (_what, status, body) => {
    const requests: string[] = [];
    const fetch: Fetch = async (url) => {
      requests.push(String(url));
      return Response.json(body, { status });
    };
    const clock = { ms: nowMs };
    const own = { ...introspection, clientSecret: "s3cret-of-us" };
    const validator = validatorOf(createTokenIssuer(), { introspection: own, fetch }, clock);
    const verdict = await validator.validate("opaque");
    expect(verdict).toMatchObject({
      kind: "misconfigured",
      why: expect.stringContaining('https://issuer.test/introspect refuses the client "us"'),
    });
    expect(JSON.stringify(verdict)).not.toContain("s3cret-of-us");
    await validator.validate("another");
    expect(requests).toHaveLength(1);
    clock.ms += 10_000;
    await validator.validate("another");
    expect(requests).toHaveLength(2);
  });

  test("takes a 400 that is not about us for a no", async () => {
    const fetch: Fetch = async () => Response.json({ error: "invalid_request" }, { status: 400 });
    const validator = validatorOf(createTokenIssuer(), { introspection, fetch });
    expect(await validator.validate("opaque")).toMatchObject({ kind: "invalid" });
  });
});
