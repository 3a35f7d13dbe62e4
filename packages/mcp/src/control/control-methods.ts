import type { ControlSession, ControlStop } from "./control-messages.js";

// Written out, and compared with the schemas by a test: who embeds us gets these types without the library that checks.

/** What each control method is given, by whoever calls it. */
interface ControlParamsTable {
  "fairlead/authStatus": OfServer;
  "fairlead/connectors/list": Nothing;
  "fairlead/interrupt": { server?: string | undefined };
  "fairlead/login": LoginParams;
  "fairlead/logout": OfServer;
  "fairlead/reload": Nothing;
  "fairlead/restart": OfServer;
  "fairlead/servers/list": Nothing;
  "fairlead/sessions/addListener": OfSession;
  "fairlead/sessions/connect": OfSession;
  "fairlead/sessions/create": CreateParams;
  "fairlead/sessions/interrupt": OfSession;
  "fairlead/sessions/list": Nothing;
  "fairlead/sessions/removeListener": OfListener;
  "fairlead/sessions/send": SendParams;
  "fairlead/sessions/stop": OfSession;
}

/** What each control method answers. */
interface ControlResultTable {
  "fairlead/authStatus": { inUse: SignIn; preferred: SignIn };
  "fairlead/connectors/list": { connectors: ConnectorEntry[] };
  "fairlead/interrupt": { count: number };
  "fairlead/login": { url: string };
  "fairlead/logout": { wasLoggedIn: boolean };
  "fairlead/reload": { added: string[]; changed: string[]; removed: string[] };
  "fairlead/restart": Nothing;
  "fairlead/servers/list": { servers: ServerEntry[] };
  "fairlead/sessions/addListener": Nothing;
  "fairlead/sessions/connect": ControlSession;
  "fairlead/sessions/create": { sessionId: string; pid: number };
  "fairlead/sessions/interrupt": Nothing;
  "fairlead/sessions/list": { sessions: ControlSession[] };
  "fairlead/sessions/removeListener": Nothing;
  "fairlead/sessions/send": { writtenBytes: number };
  "fairlead/sessions/stop": ControlStop;
}

/** The name of a control method. */
export type ControlMethodName = keyof ControlParamsTable;

/** What a control method is given, by whoever calls it. */
export type ControlParams<Method extends ControlMethodName> = ControlParamsTable[Method];

/** What a control method answers. */
export type ControlResult<Method extends ControlMethodName> = ControlResultTable[Method];

type Nothing = Record<string, never>;
type SignIn = "none" | "bearer" | "oauth";

interface OfServer {
  server: string;
}

interface OfSession {
  sessionId: string;
}

interface OfListener extends OfSession {
  /** Of the request that added it. */
  requestId: string | number;
}

interface LoginParams extends OfServer {
  /** What to ask for; an empty list asks for nothing. */
  scopes?: string[] | undefined;
}

interface CreateParams {
  /** @default the machine that the host runs on */
  executor?: string | undefined;
  /** A path on that machine, or a name that is looked up there. */
  program: string;
  args?: string[] | undefined;
  /** A path as that machine spells it, or a `file:` URI. */
  cwd?: string | undefined;
  /** Added to the base that the machine allows. */
  env?: Record<string, string> | undefined;
  /** Runs the program in a terminal of this size; without it, with pipes. */
  pty?: { columns: number; rows: number } | undefined;
  /** Lets it outlive whoever created it, up to the end of the host. @default false */
  keep?: boolean | undefined;
}

interface SendParams extends OfSession {
  data?: string | undefined;
  /** Instead of `data`. */
  dataBase64?: string | undefined;
  /** Closes the program's input, after the data. */
  closeInput?: boolean | undefined;
}

interface Status {
  name: string;
  state: "idle" | "starting" | "ready" | "failed" | "restarting" | "broken";
  executor: string;
  lastFailure?:
    | { [more: string]: unknown; reason: string; message: string; stderrTail: string; atMs: number }
    | undefined;
  [more: string]: unknown;
}

interface ServerEntry extends Status {
  transport?: string | undefined;
  era?: string | undefined;
  toolCount?: number | undefined;
  /** Unix time in milliseconds. */
  sinceMs?: number | undefined;
}

interface ConnectorEntry extends Status {
  /** How many its login may call, where that is known. */
  actions?: number | undefined;
}
