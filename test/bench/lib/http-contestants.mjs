import { makeCertificate } from "./certificate.mjs";
import { startDriver } from "./driver-process.mjs";
import { startExecutor } from "./executor.mjs";
import { startProgram } from "./processes.mjs";
import { programCommand, remoteCommand } from "./programs.mjs";
import { freePort, startSshd, whyNoSsh } from "./sshd.mjs";

/** The names that the tables use. */
export const httpNames = {
  direct: "undici",
  relay: "undici, TCP relay",
  ssh: "undici, ssh -L",
  unix: "fairlead unix",
  tcp: "fairlead TCP",
  tls: "fairlead TLS",
};

/**
 * All ways to one HTTP server of this machine, each with a host process of its own.
 * @returns `contestants` with an open driver each, and the pid of the executor where there is one, and `notes` on those that
 * are missing here
 */
export async function openHttpContestants(context) {
  const server = context.own(await startProgram(programCommand("http-server.mjs")));
  const port = Number(server.line);
  const relay = context.own(await startProgram(programCommand("port-relay.mjs", String(port))));
  const specs = [
    { name: httpNames.direct, origin: originOf(port) },
    { name: httpNames.relay, origin: originOf(Number(relay.line)) },
  ];
  const noSsh = whyNoSsh();
  if (noSsh === undefined) specs.push({ name: httpNames.ssh, origin: await openForwarding(context, port) });
  const certificate = await makeCertificate(context);
  for (const listen of ["unix", "tcp", "tls"]) {
    const { target, pid } = await startExecutor(context, `executor-${listen}`, { listen, certificate });
    specs.push({ name: httpNames[listen], origin: originOf(port), target, executorPid: pid });
  }
  const contestants = [];
  for (const { name, origin, target, executorPid } of specs) {
    const driver = await startDriver(context, name.replaceAll(/[^A-Za-z]+/g, "-"));
    await driver.call("openHttp", { origin, target });
    contestants.push({ name, driver, executorPid });
  }
  return { contestants, notes: noSsh === undefined ? [] : [`No ssh contestant: ${noSsh}.`] };
}

/** Lets an ssh client lead a port of its own to the server's, through a real sshd. @returns the origin to call */
async function openForwarding(context, port) {
  const { port: sshPort, command } = await startSshd(context);
  const ownPort = await freePort();
  const options = [`LocalForward=${ownPort} 127.0.0.1:${port}`, "ExitOnForwardFailure=yes"];
  // What it says on the far side is said after the forwarding was set up; it ends with its stdin.
  const remote = remoteCommand(["sh", "-c", "echo ready; exec cat"]);
  context.own(await startProgram([...command(sshPort, options), ...remote], { what: "ssh -L" }));
  return originOf(ownPort);
}

function originOf(port) {
  return `http://127.0.0.1:${port}`;
}
