import { type FairleadError, isFairleadError, type LaunchFindings } from "@fairlead/core";
import { broken, brokenBy, type CheckOutcome, checkKey, ok, skipped, warning } from "../check.js";
import { lines, note, shellWord } from "../shell-words.js";
import { type ServerFacts, variablesThere } from "./server-facts.js";

/** Looks whether the program of a server is found where it is to run. */
export async function checkProgram(facts: ServerFacts): Promise<CheckOutcome> {
  const { server } = facts;
  const program = server.transport === "stdio" ? server.command : "";
  return fromFindings(facts, ({ program: found, cwd, searchPath, warnings = [] }) => {
    if (found === undefined) return ok(program);
    const oddities = [searchPath?.warning ?? [], warnings].flat();
    if ("path" in found) {
      const details = {
        program,
        path: found.path,
        ...(searchPath === undefined ? {} : { pathFrom: searchPath.source }),
      };
      if (oddities.length === 0) return ok(found.path, details);
      return warning(`${found.path}, but ${oddities.join("; ")}`, {
        details,
        remediation: lines(note("see what the login shell of that user does:"), onMachine(facts, shellTrial)),
      });
    }
    // A relative path starts at the working folder.
    if ("error" in cwd && /[/\\]/.test(program) && !/^(?:[/\\]|[A-Za-z]:)/.test(program)) {
      return skipped(checkKey({ server: server.name }, "server-cwd"));
    }
    const { error } = found;
    return brokenBy(error, programWords(program, error), {
      remediation: programRemedy(facts, program, error),
    });
  });
}

/** Looks whether the working folder of a server is there. */
export async function checkCwd(facts: ServerFacts): Promise<CheckOutcome> {
  return fromFindings(facts, ({ cwd }) => {
    if ("path" in cwd) return ok(cwd.path, { path: cwd.path });
    const spelled = facts.server.transport === "stdio" ? facts.server.cwd : undefined;
    return brokenBy(cwd.error, `${spelled ?? "its folder"} is no folder that it can start in`, {
      remediation: lines(
        note(
          `cwd of [mcp_servers.${facts.server.name}], as ${machineOf(facts)} spells it; to make it there:`,
        ),
        onMachine(facts, `mkdir -p ${shellWord(spelled ?? "")}`),
      ),
    });
  });
}

/** Looks whether the variables are set that a server gets where it runs. Only their names are asked about. */
export async function checkExecutorVariables(facts: ServerFacts): Promise<CheckOutcome> {
  const names = variablesThere(facts.server);
  if (names.length === 0) return ok("it needs none of its executor");
  return fromFindings(facts, ({ unsetVariables }) => {
    if (unsetVariables.length === 0) return ok(`set there: ${names.join(", ")}`);
    return broken(`not set on ${machineOf(facts)}: ${unsetVariables.join(", ")}`, {
      code: "usage",
      details: { variables: unsetVariables.join(", ") },
      remediation: lines(
        note(`set it where the executor is started on ${machineOf(facts)}, then start that again`),
        ...unsetVariables.map((name) => `export ${name}=VALUE`),
        "fairlead-executor serve",
      ),
    });
  });
}

async function fromFindings(
  facts: ServerFacts,
  tell: (findings: LaunchFindings) => CheckOutcome,
): Promise<CheckOutcome> {
  let findings: LaunchFindings;
  try {
    findings = await facts.findings();
  } catch (thrown) {
    if (!isFairleadError(thrown)) throw thrown;
    // The start will tell what can be told without asking.
    if (thrown.reason === "feature_missing") {
      return warning("its executor is too old to be asked; the start tells", {
        details: { reason: thrown.reason },
        remediation: lines(note("update the executor to be told more"), "npm install -g fairlead"),
      });
    }
    if (thrown.reason === "path_invalid") {
      return tell({ program: undefined, cwd: { error: thrown }, unsetVariables: [] });
    }
    throw thrown;
  }
  return tell(findings);
}

function programWords(program: string, { reason }: FairleadError): string {
  if (reason === "program_not_executable") return `${program} is there, but may not be executed`;
  return reason === "program_not_found" ? `${program} is not found` : `${program} cannot be started`;
}

function programRemedy(facts: ServerFacts, program: string, error: FairleadError): string {
  if (error.reason === "program_not_executable") {
    return onMachine(facts, `chmod +x ${shellWord(String(error.details["program"] ?? program))}`);
  }
  return lines(
    note(`install it on ${machineOf(facts)}, or give its full path in command; where it is there:`),
    onMachine(facts, `command -v ${shellWord(program)}`),
    note(pathNote(facts)),
  );
}

/** What an executor asks for its PATH. */
const shellTrial = 'time "$SHELL" -i -l -c "command env"';

/** The executor of this machine has our environment; others ask a shell. */
function pathNote({ executor }: ServerFacts): string {
  return executor.config === undefined
    ? "the PATH of this process counts, which may be another than that of your shell"
    : "the PATH counts that its user has there after logging in, then the one that the executor was started with";
}

function machineOf({ executor }: ServerFacts): string {
  return executor.config === undefined ? "this machine" : executor.name;
}

function onMachine(facts: ServerFacts, command: string): string {
  if (facts.executor.config === undefined) return command;
  return `fairlead run --executor ${shellWord(facts.executor.name)} -- sh -c ${quoted(command)}`;
}

function quoted(command: string): string {
  return `'${command.replaceAll("'", "'\\''")}'`;
}
