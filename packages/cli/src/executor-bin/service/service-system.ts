/** What starts programs for a user on this kind of machine. */
export type ServiceKind = "systemd" | "launchd" | "task";

/** What is run, and by whom: everything that a service's file is made of. */
export interface ServiceLaunch {
  /** Runtime, script and arguments; all paths in them are absolute. No secret is ever among them. */
  readonly argv: readonly string[];
  /** The home folder of the user, where the executor starts. */
  readonly userHome: string;
  /** The folder of configuration and state, where a log goes that nobody else keeps. */
  readonly stateDir: string;
  /** The user, as the system names him: `DOMAIN\\me` on Windows. */
  readonly userName: string;
  /** The number of the user; 0 on Windows, which has none. */
  readonly uid: number;
  /** Variables of whoever installs: `XDG_CONFIG_HOME`, `SystemRoot`. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** A tool of the system and its arguments. */
export type ServiceCommand = readonly [program: string, ...args: string[]];

/** What a tool says about the service; each member where it is told. */
export interface ManagerAnswer {
  /** In the system's words: `active`, `failed`, `running`. */
  readonly state: string;
  readonly pid?: number;
  /** Whether it has given up: nothing will start the executor again by itself. */
  readonly hasFailed?: boolean;
  /** Whether the system has a service of this name that we did not write; where it keeps its own copy of the file. */
  readonly isForeign?: boolean;
  /** What its own copy of the file would run. Characters beyond ASCII may be lost in it. */
  readonly argv?: readonly string[];
}

/** How a service is installed on one kind of machine. Nothing here does anything. */
export interface ServiceSystem {
  readonly kind: ServiceKind;
  /** What people call it. */
  readonly title: string;
  /** The file that makes the service, by its absolute path. */
  file(launch: ServiceLaunch): string;
  /** The text of that file. @param mark tells that it is ours, and must be in it as it is */
  render(launch: ServiceLaunch, mark: string): string;
  /** How the text is kept. */
  readonly encoding: "utf8" | "utf16le";
  /** What a file that {@link render} made would run; undefined if it is none. */
  readArgv(text: string): readonly string[] | undefined;
  /** Fails where the service could not be controlled, and changes nothing. */
  probe(launch: ServiceLaunch): ServiceCommand;
  /** Ends what runs by an older file, where starting does not do that. The executor may end a moment later. */
  end(launch: ServiceLaunch): readonly ServiceStep[];
  /** What to run once the file is there. @param isNew whether it says something else than before */
  start(launch: ServiceLaunch, isNew: boolean): readonly ServiceStep[];
  /** What to run before the file is removed. */
  stop(launch: ServiceLaunch): readonly ServiceStep[];
  /** What to run when the file is gone. */
  afterwards(launch: ServiceLaunch): readonly ServiceStep[];
  /** Asks how it is doing. */
  query(launch: ServiceLaunch): ServiceCommand;
  /** Reads what {@link query} said of a launch; undefined: there is no such service. */
  readQuery(code: number, stdout: string, launch: ServiceLaunch): ManagerAnswer | undefined;
  /** The file that its output goes to, by its absolute path; undefined where the system keeps it in its own way. */
  logFile(launch: ServiceLaunch): string | undefined;
  /** Where its output is, as a line to type. */
  logCommand(launch: ServiceLaunch): string;
}

/** A command, and whether it may fail: what it is to end may not be there. */
export interface ServiceStep {
  readonly command: ServiceCommand;
  readonly mayFail?: boolean;
}

/** The name of the service on every system. */
export const serviceName = "fairlead-executor";
