import { type FairleadError, isFairleadError, type LaunchFindings } from "@fairlead/core";
import { broken, brokenBy, type CheckOutcome, checkKey, ok, skipped, warning } from "../check.js";
import { startLine } from "../executor/start-line.js";
import { commandAt, findProgramAt, makeFolderAt, type Place, placeName } from "../place.js";
import { lines, note, variableNote } from "../shell-words.js";
import { type ServerFacts, variablesThere } from "./server-facts.js";

/** Looks whether the program of a server is found where it is to run. */
export async function checkProgram(facts: ServerFacts): Promise<CheckOutcome> {
  const { server } = facts;
  const program = server.transport === "stdio" ? server.command : "";
  return fromFindings(facts, ({ program: found, cwd, searchPath, warnings = [] }, place) => {
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
        ...(place.isWindows
          ? {}
          : {
              remediation: lines(
                note("see what the login shell of that user does:"),
                commandAt(place, ["sh", "-c", shellTrial]),
              ),
            }),
      });
    }
    // A relative path starts at the working folder.
    if ("error" in cwd && /[/\\]/.test(program) && !/^(?:[/\\]|[A-Za-z]:)/.test(program)) {
      return skipped(checkKey({ server: server.name }, "server-cwd"));
    }
    const { error } = found;
    return brokenBy(error, programWords(program, error), {
      remediation: programRemedy(place, program, error),
    });
  });
}

/** Looks whether the working folder of a server is there. */
export async function checkCwd(facts: ServerFacts): Promise<CheckOutcome> {
  return fromFindings(facts, ({ cwd }, place) => {
    if ("path" in cwd) return ok(cwd.path, { path: cwd.path });
    const { name } = facts.server;
    const spelled = facts.server.transport === "stdio" ? facts.server.cwd : undefined;
    const where = placeName(place);
    const isSpelled = spelled !== undefined && cwd.error.reason !== "path_invalid";
    return brokenBy(cwd.error, `${spelled ?? "its folder"} is no folder that it can start in`, {
      remediation: isSpelled
        ? lines(
            note(`correct cwd of [mcp_servers.${name}], a folder of ${where}; or make it there:`),
            makeFolderAt(place, spelled),
          )
        : lines(
            note(`give cwd of [mcp_servers.${name}] as a whole path, as ${where} spells it;`),
            note("if it is a folder of another machine, set executor to that one"),
          ),
    });
  });
}

/** Looks whether the variables are set that a server gets where it runs. Only their names are asked about. */
export async function checkExecutorVariables(facts: ServerFacts): Promise<CheckOutcome> {
  const names = variablesThere(facts.server);
  if (names.length === 0) return ok("it needs none of its executor");
  return fromFindings(facts, ({ unsetVariables }, place) => {
    if (unsetVariables.length === 0) return ok(`set there: ${names.join(", ")}`);
    const { config } = facts.executor;
    const shell = place.isWindows ? "powershell" : "posix";
    return broken(`not set on ${placeName(place)}: ${unsetVariables.join(", ")}`, {
      code: "usage",
      details: { variables: unsetVariables.join(", ") },
      remediation: lines(
        // The executor of this machine is started when it is needed, with what its host has.
        config === undefined
          ? note("set it where fairlead is started, also by your agent")
          : note(`set it where the executor is started on ${config.name}, then start that again there`),
        ...unsetVariables.map((name) => variableNote(name, shell)),
        config === undefined ? undefined : startLine(config),
      ),
    });
  });
}

async function fromFindings(
  facts: ServerFacts,
  tell: (findings: LaunchFindings, place: Place) => CheckOutcome,
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
      return tell({ program: undefined, cwd: { error: thrown }, unsetVariables: [] }, await facts.place());
    }
    throw thrown;
  }
  return tell(findings, await facts.place());
}

function programWords(program: string, { reason }: FairleadError): string {
  if (reason === "program_not_executable") return `${program} is there, but may not be executed`;
  return reason === "program_not_found" ? `${program} is not found` : `${program} cannot be started`;
}

function programRemedy(place: Place, program: string, error: FairleadError): string {
  if (error.reason === "program_not_executable") {
    const file = String(error.details["program"] ?? program);
    return place.isWindows
      ? note(`${file} is no program that Windows starts; name one that it does in command`)
      : commandAt(place, ["chmod", "+x", "--", file]);
  }
  return lines(
    note(`install it on ${placeName(place)}, or give its full path in command; where it is there:`),
    findProgramAt(place, program),
    note(pathNote(place)),
  );
}

/** What an executor asks for its PATH. */
const shellTrial = 'time "$SHELL" -i -l -c "command env"';

/** The executor of this machine has our environment; others ask a shell, or the registry of Windows. */
function pathNote({ executor, isWindows }: Place): string {
  if (executor === undefined)
    return "the PATH of this process counts, which may be another than that of your shell";
  return isWindows
    ? "the PATH counts that Windows gives its user at login, then the one that the executor was started with"
    : "the PATH counts that its user has there after logging in, then the one that the executor was started with";
}
