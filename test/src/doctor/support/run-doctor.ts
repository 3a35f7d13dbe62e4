import type { CommandResult } from "@fairlead/testkit";
import { expectClean } from "../../failures/support/expect-failure.js";
import type { Scene, SceneRunOptions } from "../../failures/support/scene.js";

/** One check as `--json` has it. */
export interface ToldCheck {
  readonly id: string;
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly machine: string;
  readonly executor?: string;
  readonly server?: string;
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly remediation: string | null;
  readonly durationMs: number;
  readonly code?: string;
  readonly fixed?: string;
}

/** What `fairlead doctor --json` said. */
export interface ToldDiagnosis {
  readonly result: CommandResult;
  readonly ok: boolean;
  readonly checks: readonly ToldCheck[];
}

/** Runs `fairlead doctor --json`. No secret of the scene may be in what it prints. */
export async function runDoctor(
  scene: Scene,
  args: readonly string[] = [],
  options: SceneRunOptions = {},
): Promise<ToldDiagnosis> {
  const result = await scene.fairlead(["doctor", "--json", ...args], options);
  expectClean(result);
  if (result.stdout === "") throw new Error(`doctor printed nothing: ${result.stderr}`);
  return { result, ...(JSON.parse(result.stdout) as Pick<ToldDiagnosis, "ok" | "checks">) };
}

/** Shows the checks that are not well, one a line, for the messages of failing tests. */
export function unwell(checks: readonly ToldCheck[]): readonly string[] {
  return checks
    .filter(({ status }) => status !== "ok")
    .map(
      ({ id, status, server, executor, summary }) =>
        `${server ?? executor ?? "host"} ${id} ${status}: ${summary}`,
    );
}
