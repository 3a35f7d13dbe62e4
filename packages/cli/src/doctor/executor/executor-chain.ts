import { brokenBy, type Check, type CheckChain, type CheckOutcome, checkKey, ok, skipped } from "../check.js";
import type { CheckId } from "../check-table.js";
import { lines, note } from "../shell-words.js";
import { checkClock } from "./clock.js";
import type { ExecutorFacts } from "./executor-facts.js";
import { checkExecutorFiles } from "./executor-files.js";
import { executorRemedy, failedWords } from "./executor-words.js";

/** The check of an executor without which nothing on it can be looked at. */
export function readyCheckOf({ config }: Pick<ExecutorFacts, "config">): CheckId {
  return config === undefined ? "executor-start" : "executor-version";
}

/** The checks of one executor: the way to it, link by link, and what it says about itself. */
export function executorChain(facts: ExecutorFacts): CheckChain {
  return facts.config === undefined ? localChain(facts) : configuredChain(facts, facts.config);
}

function localChain(facts: ExecutorFacts): CheckChain {
  const start: Check = {
    id: "executor-start",
    machine: "host",
    run: async () => {
      try {
        const { machine } = await facts.session();
        return ok(`starts on demand, version ${machine.executorVersion}`, {
          version: machine.executorVersion,
        });
      } catch (thrown) {
        return brokenBy(thrown, "the executor of this machine does not start", {
          remediation: lines(
            note("start one by hand to see what keeps it; Ctrl-C ends it"),
            "fairlead-executor serve",
          ),
        });
      }
    },
  };
  return { executor: facts.name, checks: [start] };
}

function configuredChain(facts: ExecutorFacts, config: NonNullable<ExecutorFacts["config"]>): CheckChain {
  const { name } = facts;
  const { address, url } = config;
  const key = (id: CheckId): string => checkKey({ executor: name }, id);
  /** Holds unless the opening failed at this very link: those before it were passed, those behind it are skipped. */
  const link = (
    id: CheckId,
    before: CheckId | undefined,
    holds: () => CheckOutcome | Promise<CheckOutcome>,
  ): Check => ({
    id,
    machine: id === "executor-token" || id === "executor-version" ? name : "host",
    needs: before === undefined ? [] : [key(before)],
    run: async () => {
      // Files that others can read are no reason not to go on.
      const isReadable = await facts.readSecrets().then(
        () => true,
        () => false,
      );
      if (!isReadable) return skipped(key("executor-config"));
      const opening = await facts.opening();
      if ("session" in opening || opening.link !== id) return holds();
      const { error } = opening;
      return brokenBy(error, failedWords(error, config), {
        remediation: executorRemedy({ id, error }, config, facts),
      });
    },
  });
  const host = address.scheme === "unix" ? undefined : address.host;
  const checks: Check[] = [
    { id: "executor-config", machine: "host", run: () => checkExecutorFiles(facts, config) },
    link("executor-name", undefined, () =>
      ok(host === undefined ? "a socket of this machine" : host, host === undefined ? {} : { host }),
    ),
    link("executor-port", "executor-name", () => ok(`${url} answers`, { url })),
  ];
  if (address.scheme === "grpcs") {
    checks.push(link("executor-tls", "executor-port", async () => tlsWords(await facts.opening())));
  }
  const beforeToken = address.scheme === "grpcs" ? "executor-tls" : "executor-port";
  checks.push(
    link("executor-token", beforeToken, () =>
      ok(config.token === undefined ? "none is needed" : "our token is accepted"),
    ),
    link("executor-version", "executor-token", async () => {
      const { machine } = await facts.session();
      const { executorVersion, os, arch, hostname } = machine;
      return ok(`fairlead-executor ${executorVersion} on ${hostname}, ${os} ${arch}`, {
        version: executorVersion,
        os,
        arch,
        hostname,
      });
    }),
    {
      id: "executor-clock",
      machine: name,
      needs: [key("executor-version")],
      run: async () => checkClock(await facts.session()),
    },
  );
  return { executor: name, checks };
}

function tlsWords(opening: Awaited<ReturnType<ExecutorFacts["opening"]>>): CheckOutcome {
  const until = "certificateUntilMs" in opening ? opening.certificateUntilMs : undefined;
  if (until === undefined) return ok("the certificate is trusted");
  const day = new Date(until).toISOString().slice(0, 10);
  return ok(`the certificate is trusted, valid until ${day}`, { validUntil: new Date(until).toISOString() });
}
