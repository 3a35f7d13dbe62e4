import { headerNameProblem, headerValueProblem } from "@fairlead/config";
import {
  FairleadError,
  hastyStopTimes,
  type Launcher,
  type LaunchSpec,
  settlesWithinMs,
} from "@fairlead/core";

/** Headers that a program printed. Their values may be secrets: they are never logged. */
export type HelpedHeaders = Readonly<Record<string, string>>;

/** A program that knows the headers of a server, for example because it can get a token. */
export interface HeadersHelper {
  /** What it said last, or asks it anew. Several who ask at once wait for one run. @throws FairleadError */
  read(): Promise<HelpedHeaders>;
  /** Makes the next {@link read} ask anew if this, the very object that it answered, is still what it knows. */
  forget(refused: HelpedHeaders): void;
}

/** How a helper is run. */
export interface HeadersHelperOptions {
  /** The server that it is for, for messages. */
  readonly server: string;
  /** Reaches this machine's launcher, and says what to start. */
  readonly prepare: () => Promise<{ readonly launcher: Launcher; readonly spec: LaunchSpec }>;
  /** Milliseconds that one run may take. @default 10,000: a person waits for it at every start */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds for which what it said is used again. @default 300,000: short-lived tokens live longer than that */
  readonly maxAgeMs?: number | undefined;
  /** Milliseconds, of any clock that does not jump. @default that of this process */
  readonly now?: (() => number) | undefined;
}

/** More than any server takes as its headers. */
const outputLimitBytes = 64 * 1024;
const toldStderrBytes = 1_024;

/** Makes a helper; it is run when it is first asked. */
export function createHeadersHelper(options: HeadersHelperOptions): HeadersHelper {
  const { maxAgeMs = 300_000, now = () => performance.now() } = options;
  let known: Run | undefined;
  return {
    read() {
      if (known !== undefined && now() - known.sinceMs < maxAgeMs) return known.headers;
      const run: Run = { headers: runHelper(options), sinceMs: now(), said: undefined };
      known = run;
      run.headers.then(
        (headers) => {
          run.said = headers;
        },
        () => {
          if (known === run) known = undefined;
        },
      );
      return run.headers;
    },
    forget(refused) {
      if (known?.said === refused) known = undefined;
    },
  };
}

interface Run {
  readonly headers: Promise<HelpedHeaders>;
  readonly sinceMs: number;
  said: HelpedHeaders | undefined;
}

/** What to start for a helper: a text is a command line for the shell, an array an argv. */
export function helperArgv(helper: string | readonly string[], isWindows: boolean): readonly string[] {
  if (typeof helper !== "string") return helper;
  return isWindows ? ["cmd.exe", "/d", "/s", "/c", helper] : ["/bin/sh", "-c", helper];
}

async function runHelper({
  server,
  prepare,
  timeoutMs = 10_000,
}: HeadersHelperOptions): Promise<HelpedHeaders> {
  const { launcher, spec } = await prepare();
  const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  await using child = await launcher.launch(
    { ...spec, outputLimitBytes, stopTimes: hastyStopTimes },
    { onOutput: (name, chunk) => void output[name].push(chunk) },
  );
  // One that waits for a person would wait for ever.
  await child.closeStdin().catch(() => {});
  const isOver = await settlesWithinMs(child.closed, timeoutMs);
  const stderrTail = Buffer.concat(output.stderr).subarray(-toldStderrBytes).toString("utf8");
  const fail = (what: string): FairleadError => helperError(server, what, stderrTail);
  if (!isOver) throw fail(`did not end within ${timeoutMs} ms`);
  const { reason, code, signal } = await child.closed;
  if (reason === "output_limit") throw fail(`printed more than ${outputLimitBytes} bytes`);
  if (code !== 0) throw fail(signal === null ? `exited with code ${code}` : `was ended by ${signal}`);
  return parseHelped(Buffer.concat(output.stdout).toString("utf8"), fail);
}

function parseHelped(text: string, fail: (what: string) => FairleadError): HelpedHeaders {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The engine's error quotes the text, so it is not kept.
    throw fail("did not print JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw fail('did not print a JSON object, as in {"X-Api-Key": "…"}');
  }
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]): [string, string] => {
      const nameProblem = headerNameProblem(name);
      if (nameProblem !== undefined) throw fail(`printed a header that cannot be sent: ${nameProblem}`);
      if (typeof value !== "string") throw fail(`printed something else than a text for the header ${name}`);
      const problem = headerValueProblem(value);
      if (problem !== undefined) throw fail(`printed a value for the header ${name} that ${problem}`);
      return [name, value];
    }),
  );
}

function helperError(server: string, what: string, stderrTail: string): FairleadError {
  return new FairleadError(
    "usage",
    `Server '${server}': its headers_helper ${what}. Run it by hand to see why.`,
    {
      reason: "config_invalid",
      effect: "none",
      details: { server, ...(stderrTail === "" ? {} : { stderrTail }) },
    },
  );
}
