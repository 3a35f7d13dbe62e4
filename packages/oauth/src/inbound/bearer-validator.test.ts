import { createHmac } from "node:crypto";
import { createDeferred, type Fetch } from "@fairlead/core";
import { describe, expect, test } from "vitest";
import { createTokenIssuer, goodClaims, nowMs } from "./test-support/token-issuer.js";
import { accepted, validatorOf } from "./test-support/validator-of.js";

describe("a JSON Web Token", () => {
  test.each(["RS256", "PS256", "RS512", "ES256", "ES384", "ES512", "EdDSA"])(
    "signed with %s by its issuer is accepted",
    async (algorithm) => {
      const issuer = createTokenIssuer(algorithm);
      expect(await validatorOf(issuer).validate(issuer.token())).toEqual(accepted);
    },
  );

  test("is checked with keys that are read once", async () => {
    const issuer = createTokenIssuer();
    const validator = validatorOf(issuer);
    await Promise.all([validator.validate(issuer.token()), validator.validate(issuer.token())]);
    await validator.validate(issuer.token());
    expect(issuer.requests).toEqual([
      "https://issuer.test/.well-known/oauth-authorization-server/tenant",
      "https://issuer.test/.well-known/openid-configuration/tenant",
      "https://issuer.test/keys",
    ]);
  });

  test("without a type or the name of a key is accepted if a key fits", async () => {
    const issuer = createTokenIssuer();
    const token = issuer.token({}, { kid: undefined, typ: undefined });
    expect(await validatorOf(issuer).validate(token)).toMatchObject({ kind: "accepted" });
  });

  test.each<[string, object]>([
    ["of another issuer", { iss: "https://else.test" }],
    ["of nobody", { iss: undefined }],
    ["for somebody else", { aud: "https://else.test" }],
    ["for somebody whose name only begins like ours", { aud: `${goodClaims.aud}/more` }],
    ["for nobody", { aud: undefined }],
    ["that has expired", { exp: nowMs / 1_000 - 30 }],
    ["without an end", { exp: undefined }],
    ["whose end is a text", { exp: "tomorrow" }],
    ["that is not valid yet", { nbf: nowMs / 1_000 + 31 }],
    ["that is bound to a key", { cnf: { jkt: "thumb" } }],
  ])("%s is refused, without a look at the keys", async (_what, claims) => {
    const issuer = createTokenIssuer();
    expect(await validatorOf(issuer).validate(issuer.token(claims))).toMatchObject({ kind: "invalid" });
    expect(issuer.requests).toEqual([]);
  });

  test.each<[string, object]>([
    ["whose audience is one of several", { aud: ["https://else.test", goodClaims.aud] }],
    ["that expired a moment ago", { exp: nowMs / 1_000 - 29 }],
    ["that is valid in a moment", { nbf: nowMs / 1_000 + 30 }],
  ])("%s is accepted, because clocks differ", async (_what, claims) => {
    const issuer = createTokenIssuer();
    expect(await validatorOf(issuer).validate(issuer.token(claims))).toMatchObject({ kind: "accepted" });
  });

  test("for a part of us is accepted where that part is asked for, and nowhere else", async () => {
    const issuer = createTokenIssuer();
    const validator = validatorOf(issuer);
    const token = issuer.token({ aud: `${goodClaims.aud}/part` });
    expect(await validator.validate(token, [`${goodClaims.aud}/part`])).toMatchObject({ kind: "accepted" });
    expect(await validator.validate(issuer.token(), [`${goodClaims.aud}/part`])).toEqual(accepted);
    expect(await validator.validate(token, [`${goodClaims.aud}/other`])).toMatchObject({ kind: "invalid" });
    expect(await validator.validate(token)).toMatchObject({ kind: "invalid" });
  });

  test.each<[string, object]>([
    ["nonce", { nonce: "n" }],
    ["hash of an access token", { at_hash: "h" }],
    ["hash of a code", { c_hash: "h" }],
  ])(
    "with the %s of an ID token lets in whoever has it if it is called an access token, and nobody else",
    async (_what, claims) => {
      const issuer = createTokenIssuer();
      const validator = validatorOf(issuer);
      for (const typ of ["JWT", undefined]) {
        const refused = { kind: "invalid", why: "it is no access token" };
        expect(await validator.validate(issuer.token(claims, { typ }))).toEqual(refused);
        expect(await validator.validate(issuer.token({ ...claims, typ: "ID" }, { typ }))).toEqual(refused);
      }
      expect(issuer.requests).toEqual([]);
      // As Keycloak made them before version 24.
      expect(await validator.validate(issuer.token({ ...claims, typ: "Bearer" }, { typ: "JWT" }))).toEqual(
        accepted,
      );
      expect(await validator.validate(issuer.token(claims, { typ: "at+jwt" }))).toEqual(accepted);
    },
  );

  test.each<[string, object]>([
    ["word for ID tokens", { typ: "ID" }],
    ["other word for ID tokens", { token_use: "id" }],
    ["word for refresh tokens", { typ: "Refresh" }],
  ])("of its issuer that is for something else, by its %s, lets nobody in", async (_what, claims) => {
    const issuer = createTokenIssuer();
    for (const typ of ["at+jwt", "JWT", undefined]) {
      const token = issuer.token(claims, { typ });
      expect(await validatorOf(issuer).validate(token)).toEqual({
        kind: "invalid",
        why: "it is no access token",
      });
    }
    expect(issuer.requests).toEqual([]);
  });

  test.each(["at+jwt", "AT+JWT", "application/at+jwt", "JWT"])("of the type %s is accepted", async (typ) => {
    const issuer = createTokenIssuer();
    const token = issuer.token({ typ: "Bearer", token_use: "access" }, { typ });
    expect(await validatorOf(issuer).validate(token)).toEqual(accepted);
  });

  test.each<[string, object]>([
    ["of another kind", { typ: "logout+jwt" }],
    ["that is an ID token by its type", { typ: "id_token+jwt" }],
    ["whose type is empty", { typ: "" }],
    ["whose type is no text", { typ: ["at+jwt"] }],
    ["that nobody signed", { alg: "none" }],
    ["of an algorithm nobody knows", { alg: "toString" }],
    ["with an extension that must be understood", { crit: ["exp"] }],
  ])("%s is refused", async (_what, header) => {
    const issuer = createTokenIssuer();
    expect(await validatorOf(issuer).validate(issuer.token({}, header))).toMatchObject({ kind: "invalid" });
    expect(issuer.requests).toEqual([]);
  });

  test("signed by somebody else with the name of a good key is refused", async () => {
    const issuer = createTokenIssuer();
    const stranger = createTokenIssuer();
    const validator = validatorOf(issuer);
    expect(await validator.validate(stranger.token())).toMatchObject({ kind: "invalid" });
    const [head, , signature] = issuer.token().split(".");
    const payload = issuer.token({ sub: "admin" }).split(".")[1];
    expect(await validator.validate(`${head}.${payload}.${signature}`)).toMatchObject({ kind: "invalid" });
  });

  test("signed with the public key as if it were a secret is refused", async () => {
    const issuer = createTokenIssuer("RS256");
    const { keys } = (await (await issuer.fetch("https://issuer.test/keys")).json()) as { keys: object[] };
    const [, payload] = issuer.token().split(".");
    for (const alg of ["HS256", "RS256"]) {
      const head = Buffer.from(JSON.stringify({ alg, kid: "key-0" })).toString("base64url");
      const signature = createHmac("sha256", JSON.stringify(keys[1]))
        .update(`${head}.${payload}`)
        .digest("base64url");
      const verdict = await validatorOf(issuer).validate(`${head}.${payload}.${signature}`);
      expect(verdict).toMatchObject({ kind: "invalid" });
    }
  });

  test.each(["", "x", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "x".repeat(20_000), "ä.ö.ü"])(
    "that is none (%#) is refused",
    async (token) => {
      const issuer = createTokenIssuer();
      expect(await validatorOf(issuer).validate(token)).toMatchObject({ kind: "invalid" });
      expect(issuer.requests).toEqual([]);
    },
  );

  test("that allows too little is told what it needs", async () => {
    const issuer = createTokenIssuer();
    const validator = validatorOf(issuer, { requiredScopes: ["read", "admin"] });
    expect(await validator.validate(issuer.token())).toEqual({
      kind: "insufficient",
      scopes: ["read", "admin"],
    });
    expect(
      await validator.validate(issuer.token({ scope: undefined, scp: ["admin", "read"] })),
    ).toMatchObject({
      kind: "accepted",
    });
  });
});

describe("the keys of an issuer", () => {
  test("are read again when a token names one that is new, though not for every such token", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const validator = validatorOf(issuer, { keySetUrl: "https://issuer.test/keys" }, clock);
    const old = issuer.token();
    expect(await validator.validate(old)).toMatchObject({ kind: "accepted" });
    issuer.rotate("RS256");
    expect(await validator.validate(issuer.token())).toMatchObject({ kind: "invalid" });
    expect(issuer.requests).toHaveLength(1);
    clock.ms += 10_000;
    expect(await validator.validate(issuer.token())).toMatchObject({ kind: "accepted" });
    expect(await validator.validate(old)).toMatchObject({ kind: "invalid" });
    expect(issuer.requests).toHaveLength(2);
  });

  test("are not trusted for ever after they were withdrawn", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const validator = validatorOf(issuer, {}, clock);
    const old = issuer.token({ exp: nowMs / 1_000 + 86_400 });
    await validator.validate(old);
    issuer.rotate();
    clock.ms += 899_999;
    expect(await validator.validate(old)).toMatchObject({ kind: "accepted" });
    clock.ms += 1;
    expect(await validator.validate(old)).toMatchObject({ kind: "invalid" });
  });

  test("are read again where those of a name, or without one, signed nothing", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const validator = validatorOf(issuer, { keySetUrl: "https://issuer.test/keys" }, clock);
    const unnamed = { kid: undefined };
    expect(await validator.validate(issuer.token({}, unnamed))).toMatchObject({ kind: "accepted" });
    issuer.rotate();
    expect(await validator.validate(issuer.token({}, unnamed))).toMatchObject({ kind: "invalid" });
    expect(issuer.requests).toHaveLength(1);
    clock.ms += 10_000;
    expect(await validator.validate(issuer.token({}, unnamed))).toMatchObject({ kind: "accepted" });
    expect(await validator.validate(issuer.token({}, unnamed))).toMatchObject({ kind: "accepted" });
    expect(issuer.requests).toHaveLength(2);
  });

  test("that are being read are waited for by everybody who needs them", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const answered = createDeferred<void>();
    let isSlow = false;
    const fetch: Fetch = async (url, init) => {
      const answer = await issuer.fetch(url, init);
      if (isSlow) await answered.promise;
      return answer;
    };
    const validator = validatorOf(issuer, { fetch }, clock);
    expect(await validator.validate(issuer.token())).toMatchObject({ kind: "accepted" });
    issuer.rotate();
    isSlow = true;
    clock.ms += 10_000;
    const first = validator.validate(issuer.token());
    const next = validator.validate(issuer.token({ sub: "somebody else" }));
    answered.resolve();
    expect(await Promise.all([first, next])).toMatchObject([{ kind: "accepted" }, { kind: "accepted" }]);
    expect(issuer.requests.filter((url) => url.endsWith("/keys"))).toHaveLength(2);
  });

  test("are looked for anew where they are no more", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    let path = "/keys";
    const fetch: Fetch = async (url) => {
      const { pathname } = new URL(url);
      if (pathname === "/.well-known/openid-configuration/tenant") {
        return Response.json({ issuer: issuer.issuer, jwks_uri: `https://issuer.test${path}` });
      }
      if (pathname !== path) return new Response("{}", { status: 404 });
      return issuer.fetch("https://issuer.test/keys");
    };
    const validator = validatorOf(issuer, { fetch }, clock);
    expect(await validator.validate(issuer.token())).toMatchObject({ kind: "accepted" });
    path = "/moved";
    issuer.rotate();
    clock.ms += 10_000;
    expect(await validator.validate(issuer.token())).toMatchObject({ kind: "invalid" });
    clock.ms += 10_000;
    expect(await validator.validate(issuer.token())).toMatchObject({ kind: "accepted" });
  });

  test("are not trusted for ever while nobody can say whether they were withdrawn", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const token = issuer.token({ exp: nowMs / 1_000 + 86_400 });
    const validator = validatorOf(issuer, {}, clock);
    await validator.validate(token);
    issuer.isUp = false;
    clock.ms += 7_199_999;
    expect(await validator.validate(token)).toMatchObject({ kind: "accepted" });
    clock.ms += 1;
    expect(await validator.validate(token)).toMatchObject({ kind: "unavailable" });
    issuer.isUp = true;
    expect(await validator.validate(token)).toMatchObject({ kind: "accepted" });
  });

  test("outlive an issuer that is away; without any, nobody can tell", async () => {
    const issuer = createTokenIssuer();
    const clock = { ms: nowMs };
    const token = issuer.token({ exp: nowMs / 1_000 + 86_400 });
    const validator = validatorOf(issuer, {}, clock);
    issuer.isUp = false;
    expect(await validator.validate(token)).toMatchObject({ kind: "unavailable" });
    issuer.isUp = true;
    expect(await validator.validate(token)).toMatchObject({ kind: "accepted" });
    issuer.isUp = false;
    clock.ms += 3_600_000;
    expect(await validator.validate(token)).toMatchObject({ kind: "accepted" });
  });
});
