import { homedir, hostname, tmpdir } from "node:os";
import type { PathConvention } from "@fairlead/core";
import { userShell } from "../environment/shell/user-shell.js";
import { type OperatingSystem, operatingSystemOf, pathConventionOf } from "./operating-system.js";

/** What a client must know about a machine before it can name a program or a path there. Paths are in its own spelling. */
export interface MachineFacts {
  readonly os: OperatingSystem;
  /** The processor architecture as Node spells it, for example `x64` or `arm64`. */
  readonly arch: string;
  readonly pathConvention: PathConvention;
  /** The usual answer for this system; a single volume may differ. */
  readonly caseSensitivePaths: boolean;
  readonly shell: string;
  readonly home: string;
  readonly temp: string;
  /** The working directory of this process, not the default one of launches. */
  readonly cwd: string;
  readonly hostname: string;
  /** This machine's wall clock, in milliseconds since 1970, at the moment of asking. */
  readonly clockMs: number;
}

/** Tells the facts of the machine that this process runs on. Cheap; nothing is cached, so the clock is right. */
export function describeMachine(env: Readonly<NodeJS.ProcessEnv> = process.env): MachineFacts {
  const os = operatingSystemOf();
  return {
    os,
    arch: process.arch,
    pathConvention: pathConventionOf(os),
    caseSensitivePaths: os !== "windows" && os !== "darwin",
    shell: shellOf(os, env),
    home: homedir(),
    temp: tmpdir(),
    cwd: process.cwd(),
    hostname: hostname(),
    clockMs: Date.now(),
  };
}

function shellOf(os: OperatingSystem, env: Readonly<NodeJS.ProcessEnv>): string {
  if (os === "windows") return env["COMSPEC"] ?? env["ComSpec"] ?? "cmd.exe";
  return userShell(env);
}
