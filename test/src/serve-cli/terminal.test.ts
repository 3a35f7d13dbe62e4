import { createLocalLauncher, hasPty } from "@fairlead/machine";
import { processesWithMarker, waitUntil } from "@fairlead/testkit";
import { expect, test } from "vitest";
import { createTestHome } from "../servers/support/create-test-home.js";

const patience = { withinMs: 15_000 };

test.skipIf(!(await hasPty()))(
  "in a terminal SIGHUP reloads too, and ends serve where the terminal has gone",
  async () => {
    await using home = await createTestHome();
    const chunks: Uint8Array[] = [];
    const shown = (): string => Buffer.concat(chunks).toString();
    const shell = await createLocalLauncher().launch(
      {
        program: "/bin/sh",
        // The shell leads the terminal's session: with its end the terminal hangs up.
        args: ["-c", '"$@" & read line', "sh", ...home.command("serve", "--http", "127.0.0.1:0")],
        env: { set: { ...home.env } },
        stdio: { mode: "pty", columns: 120, rows: 24 },
      },
      {
        onOutput: (name, chunk) => {
          chunks.push(chunk);
          shell.consumed(name, chunk.length);
        },
      },
    );
    await using _shell = shell;
    const shows = (text: string): Promise<unknown> =>
      waitUntil(() => shown().includes(text), { ...patience, what: () => `${text} in ${shown()}` });
    const serving = (): number[] =>
      processesWithMarker(home.marker)
        .filter(({ cmdline }) => cmdline.includes("serve") && cmdline.includes("--http"))
        .filter(({ cmdline }) => !cmdline.includes("-c"))
        .map(({ pid }) => pid);
    await shows("listening on");
    const [pid] = serving();
    expect(pid).toBeDefined();
    process.kill(pid ?? 0, "SIGHUP");
    await shows("reloaded; no server changed");
    expect(serving()).toEqual([pid]);
    await shell.write(Buffer.from("\n"));
    await waitUntil(() => serving().length === 0, { ...patience, what: "the end of serve" });
  },
);
