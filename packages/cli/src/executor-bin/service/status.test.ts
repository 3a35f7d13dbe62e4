import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { launchdAgent } from "./launchd-agent.js";
import { markText } from "./own-mark.js";
import { lookAtService } from "./service-status.js";
import type { ServiceLaunch } from "./service-system.js";
import { describeStatus } from "./status.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fl-status-"));
});
afterEach(() => rm(folder, { recursive: true }));

test.skipIf(process.platform === "win32")(
  "the log that is named is the one of what is installed, not of the folder that was asked for",
  async () => {
    const other = join(folder, "other");
    const launch: ServiceLaunch = {
      argv: [process.execPath, import.meta.filename, "serve", "--state-dir", other],
      userHome: folder,
      stateDir: other,
      userName: "me",
      uid: 501,
      env: { PATH: folder },
    };
    const file = launchdAgent.file(launch);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(
      file,
      markText((mark) => launchdAgent.render(launch, mark)),
    );
    const asked = { ...launch, argv: [], stateDir: join(folder, ".fairlead") };
    const status = await lookAtService(launchdAgent, asked);
    expect(describeStatus(status, launchdAgent, asked)).toContain(
      `Its last words: tail -n 50 ${other}/executor.log`,
    );
    const address = "grpc://127.0.0.1:1";
    const running = { ...status, executor: { pid: 1, startedAtMs: 0, listen: "127.0.0.1:1", address } };
    expect(describeStatus(running, launchdAgent, asked)).toContain(
      `What it says is in ${other}/executor.log`,
    );
  },
);
