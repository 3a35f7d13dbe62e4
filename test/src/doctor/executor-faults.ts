import { chmod } from "node:fs/promises";
import type { Scene } from "../failures/support/scene.js";
import type { PlantedFault } from "./planted-fault.js";

/** Faults of the way to an executor. Each executor has a server, so that what needs it is asked for. */
export const executorFaults: readonly PlantedFault[] = [
  {
    id: "dead-executor",
    planted: "a socket that is not there",
    toml: ({ scene }) =>
      executor(scene, "dead-executor", { url: `unix://${scene.folder.file("none.sock")}` }),
    check: "executor-port",
    tells: /nobody listens at .*none\.sock/,
    remedy: /^fairlead-executor serve --listen unix:.*none\.sock$/m,
  },
  {
    id: "port-refused",
    planted: "a port where nobody listens",
    toml: ({ closedPort, guarded, scene }) =>
      executor(scene, "port-refused", {
        url: `grpc://127.0.0.1:${closedPort}`,
        more: [tokenFile(guarded.tokenFile)],
      }),
    check: "executor-port",
    tells: /refused/,
    remedy: /^fairlead-executor serve --listen 127\.0\.0\.1:\d+$/m,
  },
  {
    id: "name-unknown",
    planted: "a host name that nobody knows",
    toml: ({ guarded, scene }) =>
      executor(scene, "name-unknown", {
        url: "grpcs://no-such-host.invalid:7040",
        more: [tokenFile(guarded.tokenFile)],
      }),
    check: "executor-name",
    tells: /no-such-host\.invalid/,
    remedy: /\[executors\.name-unknown\]/,
  },
  {
    id: "certificate-expired",
    planted: "a daemon whose certificate ended yesterday",
    toml: ({ certificates, expired, scene }) =>
      executor(scene, "certificate-expired", {
        url: `grpcs://127.0.0.1:${expired.port}`,
        more: [
          tokenFile(expired.tokenFile),
          `tls = { ca = ${JSON.stringify(certificates.expired)}, server_name = "executor.test" }`,
        ],
      }),
    check: "executor-tls",
    tells: /expired/,
    remedy: /^fairlead-executor serve --listen 127\.0\.0\.1:\d+ --tls-cert cert\.pem --tls-key key\.pem$/m,
  },
  {
    id: "certificate-name",
    planted: "an address that the certificate does not hold",
    toml: ({ certificates, encrypted, scene }) =>
      executor(scene, "certificate-name", {
        url: `grpcs://127.0.0.1:${encrypted.port}`,
        more: [tokenFile(encrypted.tokenFile), `tls = { ca = ${JSON.stringify(certificates.good)} }`],
      }),
    check: "executor-tls",
    tells: /for another (?:host )?name/,
    remedy: /server_name/,
  },
  {
    id: "authority-unknown",
    planted: "a certificate that signed itself, and no ca",
    toml: ({ encrypted, scene }) =>
      executor(scene, "authority-unknown", {
        url: `grpcs://127.0.0.1:${encrypted.port}`,
        more: [tokenFile(encrypted.tokenFile), 'tls = { server_name = "executor.test" }'],
      }),
    check: "executor-tls",
    tells: /authority/,
    remedy: /tls = \{ ca =/,
  },
  {
    id: "clock-skewed",
    planted: "a daemon whose clock is an hour behind",
    toml: ({ scene, skewed }) =>
      executor(scene, "clock-skewed", { url: skewed.address, more: [tokenFile(skewed.tokenFile)] }),
    check: "executor-clock",
    machine: "clock-skewed",
    tells: /60 min behind/,
    remedy: /^sudo timedatectl set-ntp true$/m,
  },
  {
    id: "token-wrong",
    planted: "the token of another executor",
    toml: async ({ guarded, scene }) => {
      const file = await scene.folder.write("wrong.token", "SENTINEL-of-a-wrong-bearer-token\n");
      await chmod(file, 0o600);
      return executor(scene, "token-wrong", { url: guarded.address, more: [tokenFile(file)] });
    },
    check: "executor-token",
    machine: "token-wrong",
    tells: /refused/,
    remedy: /^# scp HOST:\.fairlead\/executor\.token .*wrong\.token\n# chmod 600 .*wrong\.token$/m,
  },
  {
    id: "token-open",
    planted: "a token file with mode 0644",
    toml: ({ guarded, openToken, scene }) =>
      executor(scene, "token-open", { url: guarded.address, more: [tokenFile(openToken)] }),
    check: "executor-config",
    tells: /open\.token.*0644/,
    remedy: /^chmod go= .*open\.token$/m,
  },
  {
    id: "token-unset",
    planted: "a variable for the token that is not set",
    toml: ({ guarded, scene }) =>
      executor(scene, "token-unset", { url: guarded.address, more: ['token_env = "NO_SUCH_TOKEN"'] }),
    check: "executor-config",
    tells: /NO_SUCH_TOKEN/,
    remedy: /^# export NO_SUCH_TOKEN="\$\(ssh HOST cat \.fairlead\/executor\.token\)"$/m,
  },
  {
    id: "ca-missing",
    planted: "a CA file that is not there",
    toml: ({ encrypted, scene }) =>
      executor(scene, "ca-missing", {
        url: `grpcs://127.0.0.1:${encrypted.port}`,
        more: [tokenFile(encrypted.tokenFile), 'tls = { ca = "/none/ca.pem" }'],
      }),
    check: "executor-config",
    tells: /\/none\/ca\.pem/,
    remedy: /\[executors\.ca-missing\]/,
  },
  {
    id: "version-mismatch",
    planted: "an executor that speaks only later versions",
    toml: ({ futureSocket, scene }) => executor(scene, "version-mismatch", { url: `unix://${futureSocket}` }),
    check: "executor-version",
    machine: "version-mismatch",
    tells: /version/,
    remedy: /^npm install -g fairlead$/m,
  },
  {
    id: "no-executor",
    planted: "a mail server at the address",
    toml: ({ guarded, scene, talkerPort }) =>
      executor(scene, "no-executor", {
        url: `grpc://127.0.0.1:${talkerPort}`,
        more: [tokenFile(guarded.tokenFile)],
      }),
    check: "executor-version",
    machine: "no-executor",
    tells: /no fairlead-executor/,
    remedy: /^fairlead-executor serve/m,
  },
];

/** An executor with a server that is well, should it be reached. */
function executor(
  scene: Scene,
  name: string,
  table: { readonly url: string; readonly more?: readonly string[] },
): string {
  const lines = [`[executors.${name}]`, `url = ${JSON.stringify(table.url)}`, ...(table.more ?? []), ""];
  return lines.join("\n") + scene.server(`on-${name}`, [], [`executor = "${name}"`]);
}

function tokenFile(file: string | undefined): string {
  return `token_file = ${JSON.stringify(file ?? "")}`;
}
