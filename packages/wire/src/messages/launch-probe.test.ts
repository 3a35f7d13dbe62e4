import { FairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { fromProbeRequest, fromProbeResponse, toProbeRequest, toProbeResponse } from "./launch-probe.js";

test("a question keeps what it says and what it leaves out", () => {
  const question = {
    program: "sh",
    cwd: "file:///tmp",
    env: { set: { PATH: "/bin" }, inherit: ["A"] },
    variables: ["B"],
    shellProfile: true,
  };
  expect(fromProbeRequest(toProbeRequest(question) as Parameters<typeof fromProbeRequest>[0])).toEqual(
    question,
  );
  const bare = toProbeRequest({ variables: [] });
  expect([bare.program, bare.cwdUri]).toEqual([undefined, undefined]);
});

test("findings keep paths, and errors with code, reason and details", () => {
  const error = new FairleadError("not_found", "no such program", {
    reason: "program_not_found",
    effect: "none",
    details: { program: "sh" },
  });
  const findings = { program: { error }, cwd: { path: "/tmp" }, unsetVariables: ["B"] };
  const read = fromProbeResponse(toProbeResponse(findings) as Parameters<typeof fromProbeResponse>[0]);
  expect(read).toMatchObject({
    program: {
      error: {
        code: "not_found",
        reason: "program_not_found",
        message: "no such program",
        details: { program: "sh" },
      },
    },
    cwd: { path: "/tmp" },
    unsetVariables: ["B"],
  });
});

test.each(["own", "login_shell", "registry"] as const)("findings keep that the PATH is of %s", (source) => {
  const searchPath = { source, warning: "it was slow" };
  const findings = {
    program: { path: "/bin/sh" },
    cwd: { path: "/" },
    unsetVariables: [],
    searchPath,
    warnings: ["w"],
  };
  const answer = toProbeResponse(findings) as Parameters<typeof fromProbeResponse>[0];
  expect(fromProbeResponse(answer)).toEqual(findings);
});

test("findings of an executor that tells no PATH, or one that we do not know, have none", () => {
  const answer = toProbeResponse({ program: undefined, cwd: { path: "/" }, unsetVariables: [] });
  const read = fromProbeResponse(answer as Parameters<typeof fromProbeResponse>[0]);
  expect([read.searchPath, read.warnings]).toEqual([undefined, []]);
  const newer = { ...answer, searchPath: { source: 9 } } as unknown as Parameters<
    typeof fromProbeResponse
  >[0];
  expect(fromProbeResponse(newer).searchPath).toBeUndefined();
});
