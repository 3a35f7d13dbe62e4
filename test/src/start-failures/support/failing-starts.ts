import { chmod } from "node:fs/promises";
import type { ErrorCode, ErrorReason } from "@fairlead/core";
import type { StartFailure } from "@fairlead/mcp";
import { expect } from "vitest";
import { type Scene, serverTable } from "../../failures/support/scene.js";

/** A server that cannot be started, and what must be told about it everywhere. */
export interface FailingStart {
  /** Its name in the configuration. */
  readonly name: string;
  readonly what: string;
  /** Its table for config.toml. @param more further lines of it */
  table(scene: Scene, more: readonly string[]): Promise<string>;
  readonly exit: number;
  readonly code: ErrorCode;
  readonly reason: ErrorReason;
  readonly failure: StartFailure;
  /** Parts of the sentence for people and models. */
  readonly tells: readonly (string | RegExp)[];
  /** What programs find in the details. */
  readonly details: Readonly<Record<string, unknown>>;
}

const complaintLines = 600;
const complain = `i=0; while [ $i -lt ${complaintLines} ]; do echo "cómplaint $i 日本" >&2; i=$((i+1)); done`;

/** The last whole lines of a long complaint that fit into 4 KiB. */
function lastComplaints(): string {
  const lines = Array.from({ length: complaintLines }, (_, index) => `cómplaint ${index} 日本\n`);
  while (Buffer.byteLength(lines.join("")) > 4 * 1024) lines.shift();
  return lines.join("");
}

const notFound = { exit: 5, code: "not_found" } as const;
const exited = { exit: 4, code: "unavailable", reason: "server_exited", failure: "exited" } as const;

/** Every way in which a start fails by what is launched. */
export const failingStarts: readonly FailingStart[] = [
  {
    name: "missing",
    what: "a program that is not there",
    table: async (_, more) => serverTable("missing", ["no-such-program", "--flag"], more),
    ...notFound,
    reason: "program_not_found",
    failure: "command_not_found",
    tells: ["no-such-program", "PATH"],
    details: { program: "no-such-program" },
  },
  {
    name: "plain",
    what: "a file that may not be executed",
    table: async (scene, more) =>
      serverTable("plain", [await scene.folder.write("plain.txt", "no program\n")], more),
    ...notFound,
    reason: "program_not_executable",
    failure: "spawn_failed",
    tells: ["plain.txt", "chmod"],
    details: { program: expect.stringContaining("plain.txt") },
  },
  {
    name: "script",
    what: "a script whose interpreter is missing",
    table: async (scene, more) => {
      const path = await scene.folder.write("script", "#!/no/such/interpreter\n");
      await chmod(path, 0o755);
      return serverTable("script", [path], more);
    },
    ...notFound,
    reason: "program_not_executable",
    failure: "spawn_failed",
    tells: ["script", "first line"],
    details: { program: expect.stringContaining("script"), errno: "ENOENT" },
  },
  {
    name: "homeless",
    what: "a folder that is missing",
    table: async (scene, more) =>
      scene.server("homeless", [], [`cwd = ${JSON.stringify(scene.folder.file("gone"))}`, ...more]),
    ...notFound,
    reason: "cwd_missing",
    failure: "cwd_missing",
    tells: ["gone", "Create it"],
    details: { cwd: expect.stringContaining("gone") },
  },
  {
    name: "wordy",
    what: "one that exits at once, after more than 4 KiB of last words",
    table: async (scene, more) => shell(scene, "wordy", `${complain}; exit 7`, more),
    ...exited,
    tells: ["exited with code 7", "initialize", "see its error output"],
    details: { exitReason: "exited", exitCode: 7, stderrTail: lastComplaints() },
  },
  {
    name: "silent",
    what: "one that ends well without a word",
    table: async (scene, more) => shell(scene, "silent", "exit 0", more),
    ...exited,
    tells: ["exited with code 0", "wrote nothing to stderr"],
    details: { exitReason: "exited", exitCode: 0, stderrTail: "" },
  },
  {
    name: "shot",
    what: "one that a signal ends at start-up",
    table: async (scene, more) => shell(scene, "shot", "echo out of memory >&2; kill -KILL $$", more),
    ...exited,
    tells: ["was ended by SIGKILL", "initialize"],
    details: { exitReason: "exited", exitSignal: "SIGKILL", stderrTail: "out of memory\n" },
  },
];

function shell(scene: Scene, name: string, script: string, more: readonly string[]): string {
  return serverTable(name, ["/bin/sh", "-c", script, scene.marker], more);
}
