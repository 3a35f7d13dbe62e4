import { loadConfig } from "@fairlead/config";
import { createHttpClient } from "@fairlead/machine";
import { createTempFolder } from "@fairlead/testkit";

const name = "conformance";
/** The only client metadata document that the runner knows. */
const metadataUrl = "https://conformance-test.local/client-metadata.json";

/**
 * Opens what `fairlead` has behind a command: a home with one configured server, the way to it, and the logins of a user, which
 * are kept in a file. The parts are the built ones of the command line.
 * @param options.url the server's
 * @param options.route `direct`: requests leave from this process; `executor`: from the one at `executorUrl`
 * @param options.client the runner's, where it gives one: `client_id`, and perhaps `client_secret`, `private_key_pem` with
 *   `signing_algorithm`, and the scenario's `name`
 * @returns `server`, `context` as commands have it, and `close`, which ends and removes all of it
 */
export async function openProduct({ url, route: { route, executorUrl }, client, signal, tell }) {
  if (route === "executor" && executorUrl === undefined) {
    throw new Error("Give the address of an executor in FAIRLEAD_CONFORMANCE_EXECUTOR");
  }
  const home = await createTempFolder("fl-conf-");
  await home.write("config.toml", configuration({ url, executorUrl, client }));
  const env = {
    ...process.env,
    CONFORMANCE_CLIENT_SECRET: client?.client_secret,
    CONFORMANCE_CLIENT_KEY: client?.private_key_pem,
  };
  const { config } = await loadConfig({ home: home.path, env });
  const { createCredentials, createEraStore, createExecutorPool, createTokenSources } = await builtParts();
  const warn = (text) => tell(`warning: ${text}`);
  const pool = createExecutorPool({ config, env, home: home.path, tell });
  const http = createHttpClient({ environment: env });
  const eras = createEraStore({ home: home.path, warn });
  const credentials = createCredentials({ home: home.path, logins: config.logins, env, warn });
  const tokens = createTokenSources({ credentials, env, warn: (_, text) => warn(text) });
  return {
    server: config.servers.get(name),
    context: {
      home: home.path,
      config,
      pool,
      http,
      eras,
      credentials,
      tokens,
      env,
      cwd: home.path,
      warn: (_, text) => warn(text),
      signal,
    },
    async close() {
      await tokens[Symbol.asyncDispose]();
      await Promise.all([pool.close(), http.close(), eras.flushed()]);
      await home[Symbol.asyncDispose]();
    },
  };
}

/** One built file of the command line: it offers programs less than its own commands use. */
export function builtPart(path) {
  return import(new URL(`../../../packages/cli/dist/${path}.js`, import.meta.url).href);
}

async function builtParts() {
  const paths = ["auth/credentials", "auth/token-sources", "runtime/era-memory", "runtime/executor-pool"];
  return Object.assign({}, ...(await Promise.all(paths.map(builtPart))));
}

function configuration({ url, executorUrl, client }) {
  const lines = [
    'oauth_credentials_store = "file"',
    `oauth_client_metadata_url = "${metadataUrl}"`,
    `[mcp_servers.${name}]`,
    `url = ${JSON.stringify(url)}`,
    "startup_timeout_sec = 30",
    ...(client === undefined ? [] : [`oauth = { ${clientKeys(client).join(", ")} }`]),
    ...(executorUrl === undefined
      ? []
      : ['executor = "other"', "[executors.other]", `url = ${JSON.stringify(executorUrl)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function clientKeys({
  client_id: id,
  client_secret: secret,
  private_key_pem: pem,
  signing_algorithm,
  name: scenario,
}) {
  // The runner says nowhere else what a secret is for.
  const isMachine = pem !== undefined || scenario === "auth/client-credentials-basic";
  return [
    `client_id = ${JSON.stringify(id)}`,
    ...(isMachine ? ['grant = "client_credentials"'] : []),
    ...(secret === undefined ? [] : ['client_secret_env = "CONFORMANCE_CLIENT_SECRET"']),
    ...(pem === undefined ? [] : ['private_key_env = "CONFORMANCE_CLIENT_KEY"']),
    ...(signing_algorithm === undefined ? [] : [`algorithm = ${JSON.stringify(signing_algorithm)}`]),
  ];
}
