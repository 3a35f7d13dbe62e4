import { makeCertificate } from "./certificate.mjs";
import { startDriver } from "./driver-process.mjs";
import { startExecutor } from "./executor.mjs";
import { startProgram } from "./processes.mjs";
import { echoChild, programCommand, remoteCommand } from "./programs.mjs";
import { startSshd, whyNoSsh } from "./sshd.mjs";

/** After so many the code of a host and an executor is compiled. */
const warmUpMessages = 3_000;

/** The names that the tables use. */
export const relayNames = {
  pipe: "raw pipe",
  relay: "TCP relay",
  ssh: "ssh -T",
  unix: "fairlead unix",
  tcp: "fairlead TCP",
  tls: "fairlead TLS",
};

/**
 * Everything that carries lines to a child and back on one machine, each with a host process and a child of its own.
 * @returns `contestants` with an open driver each, and `notes` on those that are missing here
 */
export async function openRelayContestants(context) {
  const certificate = await makeCertificate(context);
  const relay = context.own(await startProgram(programCommand("tcp-relay.mjs", ...echoChild)));
  const specs = [
    { name: relayNames.pipe, kind: "pipe", argv: echoChild },
    { name: relayNames.relay, kind: "tcp", port: Number(relay.line) },
  ];
  const noSsh = whyNoSsh();
  if (noSsh === undefined) {
    const { command } = await startSshd(context);
    specs.push({ name: relayNames.ssh, kind: "pipe", argv: [...command(), ...remoteCommand(echoChild)] });
  }
  for (const listen of ["unix", "tcp", "tls"]) {
    const { target } = await startExecutor(context, `executor-${listen}`, { listen, certificate });
    specs.push({ name: relayNames[listen], kind: "fairlead", target, argv: echoChild });
  }
  const contestants = [];
  for (const { name, ...spec } of specs) {
    const driver = await startDriver(context, name.replaceAll(" ", "-"));
    await driver.call("open", spec);
    await driver.call("latency", { messages: warmUpMessages });
    contestants.push({ name, driver });
  }
  return { contestants, notes: noSsh === undefined ? [] : [`No ssh contestant: ${noSsh}.`] };
}
