import {
  type BearerValidator,
  createBearerValidator,
  protectedResourceMetadata,
  refusalOfBearer,
} from "@fairlead/oauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "../servers/support/dispose-stack.js";
import {
  type AuthorizationServer,
  nativeClient,
  startAuthorizationServer,
} from "./support/authorization-server.js";

const resource = "http://127.0.0.1:9/mcp";
const clientId = nativeClient.client_id;
const stack = createDisposeStack();
let signing: AuthorizationServer;
let asked: AuthorizationServer;

beforeAll(async () => {
  signing = stack.use(await startAuthorizationServer({ accessTokenFormat: "jwt" }));
  asked = stack.use(await startAuthorizationServer());
});

afterAll(() => stack[Symbol.asyncDispose]());

function validatorOf(
  authorization: AuthorizationServer,
  requiredScopes: readonly string[] = [],
): BearerValidator {
  const introspection = {
    endpoint: `${authorization.issuer}/token/introspection`,
    clientId: "protected-resource",
    clientSecret: "protected-resource-secret",
  };
  return createBearerValidator({
    issuer: authorization.issuer,
    audiences: [resource],
    requiredScopes,
    fetch,
    clockSkewMs: 0,
    ...(authorization === asked ? { introspection } : {}),
  });
}

describe("tokens of a real authorization server", () => {
  test.each(["that it signed", "that it is asked about"])(
    "%s are accepted, with who they are of",
    async (kind) => {
      const authorization = kind === "that it signed" ? signing : asked;
      const { accessToken } = await authorization.issue({ clientId, resource });
      expect(await validatorOf(authorization).validate(accessToken)).toMatchObject({
        kind: "accepted",
        bearer: { issuer: authorization.issuer, subject: "person", clientId, scopes: ["mcp"] },
      });
    },
  );

  test.each(["that it signed", "that it is asked about"])(
    "%s for another resource are refused",
    async (kind) => {
      const authorization = kind === "that it signed" ? signing : asked;
      const { accessToken } = await authorization.issue({ clientId, resource: `${resource}/other` });
      const verdict = await validatorOf(authorization).validate(accessToken);
      expect(verdict).toEqual({ kind: "invalid", why: "it is for somebody else" });
    },
  );

  test("of one are refused by the validator of the other", async () => {
    const { accessToken } = await signing.issue({ clientId, resource });
    const elsewhere = stack.use(await startAuthorizationServer({ accessTokenFormat: "jwt" }));
    expect(await validatorOf(elsewhere).validate(accessToken)).toMatchObject({ kind: "invalid" });
    expect(await validatorOf(asked).validate(accessToken)).toMatchObject({ kind: "invalid" });
  });

  test("that allow too little lead to a refusal that says what is needed", async () => {
    const { accessToken } = await signing.issue({ clientId, resource });
    const verdict = await validatorOf(signing, ["admin"]).validate(accessToken);
    const { url: metadataUrl } = protectedResourceMetadata({ resource, issuers: [signing.issuer] });
    if (verdict.kind === "accepted") throw new Error("It was accepted");
    expect(refusalOfBearer(verdict, { metadataUrl })).toMatchObject({
      status: 403,
      headers: { "www-authenticate": expect.stringContaining('error="insufficient_scope", scope="admin"') },
    });
  });

  test("are refused once they are revoked or over", async () => {
    const { accessToken } = await asked.issue({ clientId, resource });
    await asked.revokeEverything();
    expect(await validatorOf(asked).validate(accessToken)).toMatchObject({ kind: "invalid" });
    const { accessToken: short, expiresAtMs } = await signing.issue({
      clientId,
      resource,
      accessTokenTtlS: 1,
    });
    const late = createBearerValidator({
      issuer: signing.issuer,
      audiences: [resource],
      fetch,
      now: () => expiresAtMs + 31_000,
    });
    expect(await late.validate(short)).toEqual({ kind: "invalid", why: "it has expired" });
  });
});
