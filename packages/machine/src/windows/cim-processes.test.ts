import { expect, it } from "vitest";
import { cimProcesses, parseCim } from "./cim-processes.js";

it("reads the processes that PowerShell prints", () => {
  const output = [
    "808 4 5242880 20000 30000 639176832000000170 node.exe\r",
    "812 808 1 0 0 639176832012345670 a name with blanks.exe\r",
    "an error of PowerShell\r",
    "",
  ].join("\n");
  const table = [...parseCim(output).values()];
  const midnight = Date.UTC(2026, 5, 22) * 1_000;
  expect(
    table.map(({ pid, parentPid, name, startedAt, cpuMs }) => [pid, parentPid, name, startedAt, cpuMs]),
  ).toEqual([
    [808, 4, "node.exe", midnight + 17, 5],
    [812, 808, "a name with blanks.exe", midnight + 1_234_567, 0],
  ]);
  expect(table.map((each) => each.memoryBytes())).toEqual([5_242_880, 1]);
});

it.skipIf(process.platform === "win32")(
  "says what is missing where there is no PowerShell to ask",
  async () => {
    await expect(cimProcesses.readTable()).rejects.toMatchObject({
      code: "unavailable",
      reason: "feature_missing",
      message: expect.stringMatching(
        /powershell\.exe does not show the processes of this machine: it ended with ENOENT\. Install .*koffi/,
      ),
    });
  },
);
