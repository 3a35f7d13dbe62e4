import { mkdir, readFile } from "node:fs/promises";
import { binaryCommand } from "@fairlead/testkit";
import { startProgram } from "./processes.mjs";

/**
 * Starts a `fairlead-executor` of its own.
 * @param name unique within the benchmark; its state folder is called so
 * @param options `listen` (`unix`, `tcp` or `tls`), `certificate` for `tls`, `nodeFlags`
 * @returns `target` for a client, `port` where it has one, `pid`
 */
export async function startExecutor(context, name, { listen, certificate, nodeFlags = [], env } = {}) {
  const stateDir = context.file(name);
  await mkdir(stateDir, { mode: 0o700 });
  const [node, ...script] = binaryCommand("fairlead-executor");
  const address = listen === "unix" ? `unix://${context.file(`${name}-run`)}/x.sock` : "127.0.0.1:0";
  const tls = listen === "tls" ? ["--tls-cert", certificate.cert, "--tls-key", certificate.key] : [];
  const argv = [node, ...profileFlags(context, name), ...nodeFlags, ...script];
  argv.push("serve", "--json", "--exit-with-stdin", "--listen", address, "--state-dir", stateDir, ...tls);
  const daemon = context.own(await startProgram(argv, { what: "fairlead-executor", env }));
  const told = JSON.parse(daemon.line);
  const token = told.tokenFile === undefined ? undefined : (await readFile(told.tokenFile, "utf8")).trim();
  const port = Number(/:(\d+)$/.exec(told.address)?.[1]);
  return { ...daemon, port, token, target: targetOf(told.address, token, certificate) };
}

/** The same executor through another port of this machine, for example a proxy's. */
export function throughPort(target, port) {
  return { ...target, url: target.url.replace(/:\d+$/, `:${port}`) };
}

/** Makes Node write a CPU profile at its end where the run asks for one. */
export function profileFlags({ profileDir }, name) {
  if (profileDir === undefined) return [];
  return ["--cpu-prof", "--cpu-prof-dir", profileDir, "--cpu-prof-name", `${name}.cpuprofile`];
}

function targetOf(address, token, certificate) {
  return {
    url: address,
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined ? {} : { ca: certificate.ca, serverName: certificate.serverName }),
  };
}
