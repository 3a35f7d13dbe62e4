import type { Fetch } from "@fairlead/core";
import { expect, test } from "vitest";
import { httpServer } from "../runtime/server-fixture.js";
import { logInAsMachine } from "./machine-login.js";

const server = httpServer({
  login: {
    clientId: "robot",
    clientSecretVar: "ROBOT_SECRET",
    machine: { kind: "secret", variable: "ROBOT_SECRET" },
  },
});

const issuer = "https://login.example";
const documents: Readonly<Record<string, object>> = {
  "https://mcp.example/.well-known/oauth-protected-resource/mcp": {
    resource: server.url,
    authorization_servers: [issuer],
  },
  [`${issuer}/.well-known/oauth-authorization-server`]: {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
  },
};

/** An authorization server that gives no token, and says why. */
function refusing(error: string): Fetch {
  return async (url) => {
    const found = documents[String(url)];
    if (found !== undefined) return Response.json(found);
    if (String(url) === `${issuer}/token`) return Response.json({ error }, { status: 400 });
    return new Response("", { status: String(url) === server.url ? 401 : 404 });
  };
}

const noToken = `Server 'web': this machine got no token (oauth.grant = "client_credentials"): ${issuer}/token gave no token:`;

test("a machine that is not believed is told what may be wrong, in sentences", async () => {
  const surroundings = { env: { ROBOT_SECRET: "wrong" }, fetch: refusing("invalid_client") };
  await expect(logInAsMachine(server, surroundings)).rejects.toMatchObject({
    reason: "oauth_token_refused",
    message: `${noToken} invalid_client. Correct the client's id, its secret, or how it is registered. If ROBOT_SECRET was wrong, correct it; a serve that runs already must be started anew, as the environment of a running program cannot change.`,
  });
});

test("what a secret has nothing to do with is refused without a word about it", async () => {
  const surroundings = { env: { ROBOT_SECRET: "right" }, fetch: refusing("invalid_scope") };
  await expect(logInAsMachine(server, surroundings)).rejects.toMatchObject({
    reason: "oauth_token_refused",
    message: expect.not.stringMatching(/ROBOT_SECRET|started anew/),
  });
});
