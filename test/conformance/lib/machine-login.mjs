import { createTokenSource, loginAsMachine } from "@fairlead/oauth";
import { builtPart } from "./product.mjs";

/**
 * What replaces a configured server's own way in where a machine logs in for itself.
 * @param product as {@link openProduct} gives it
 * @param options.client the runner's: with `private_key_pem`, or with a secret and the scenario's `name`
 * @returns `prepare` of a server's definition, and `close`; nothing where the client is not a machine's
 */
export async function openMachineLogin({ server, context }, { client, tell }) {
  if (client === undefined || !isMachine(client)) return {};
  const [{ exitOf }, { credentialPlace }, { toHttpEndpoint }] = await Promise.all(
    ["runtime/server-exit", "auth/credential-place", "runtime/http-endpoint"].map(builtPart),
  );
  const { fetch, open } = exitOf(server, context);
  const place = credentialPlace(server);
  const target = { serverName: server.name, ...place, fetch, signal: context.signal };
  const warn = (text) => tell(`warning: ${text}`);
  const source = createTokenSource({
    store: await context.credentials.open(),
    server: place,
    serverName: server.name,
    fetch,
    obtain: () => loginAsMachine({ ...target, client: toMachineClient(client) }),
    warn,
  });
  const tokens = { source: async () => source };
  return {
    async prepare(signal) {
      await open(signal);
      const endpoint = toHttpEndpoint(server, { fetch, env: context.env, helper: undefined, tokens, warn });
      return { kind: "http", endpoint };
    },
    close: () => source[Symbol.asyncDispose](),
  };
}

function isMachine({ name, private_key_pem: pem }) {
  // The runner says nowhere else what a secret is for.
  return pem !== undefined || name === "auth/client-credentials-basic";
}

function toMachineClient({ client_id: id, client_secret: secret, private_key_pem: pem, signing_algorithm }) {
  if (pem === undefined) return { id, secret };
  return { id, signingKey: { privateKeyPem: pem, algorithm: signing_algorithm } };
}
