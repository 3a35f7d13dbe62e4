import { expect, test } from "vitest";
import { connect } from "../link/support/connected.js";
import { launchReader } from "../link/support/launch-reader.js";

// The size that is told again over a new connection was refused by a terminal that had ended, and its output was dropped.
test("a terminal that was resized and ended during a break gives all of its output", async () => {
  await using connected = await connect({});
  const { session, proxy } = connected;
  const { process: child, ...reader } = await launchTerminal();
  await expect.poll(() => reader.text()).toContain("ready");
  await child.resize(100, 40);
  proxy?.admit("refuse");
  proxy?.cut();
  await expect.poll(() => session.state.state, { timeout: 5_000 }).toBe("recovering");
  await connected.scene.folder.write("go", "");
  await expect.poll(async () => (await listed()) ?? 0, { timeout: 5_000 }).toBe(3);
  proxy?.admit("carry");
  expect(await child.closed).toEqual({ reason: "exited", code: 3, signal: null });
  expect(reader.receivedBytes()).toBe("ready".length + 400_000);

  async function launchTerminal() {
    const received: Buffer[] = [];
    const launched: { process?: Awaited<ReturnType<typeof session.launcher.launch>> } = {};
    const gate = connected.scene.folder.file("go");
    const wait = `while [ ! -e ${gate} ]; do sleep 0.02; done`;
    const program = `stty raw -echo; printf ready; ${wait}; head -c 400000 /dev/zero | tr '\\0' a; exit 3`;
    const child = await session.launcher.launch(
      { program: "sh", args: ["-c", program], stdio: { mode: "pty", columns: 80, rows: 24 } },
      {
        onOutput: (name, chunk) => {
          received.push(Buffer.from(chunk));
          launched.process?.consumed(name, chunk.length);
        },
      },
    );
    launched.process = child;
    return {
      process: child,
      text: () => Buffer.concat(received).toString("utf8", 0, 100),
      receivedBytes: () => Buffer.concat(received).length,
    };
  }

  /** The exit code as the executor tells it to somebody else of the same principal. */
  async function listed(): Promise<number | null | undefined> {
    await using other = await connected.open();
    const [process] = await other.listProcesses({ allSessions: true });
    return process?.exit?.code;
  }
});

test.each([
  [0, 24],
  [80, 70_000],
  [1.5, 24],
])("a size of %d × %d is refused, and the terminal goes on", async (columns, rows) => {
  await using connected = await connect();
  const reader = await launchReader(connected.session, ["sh", "-c", "read -r line; exit 4"], {
    stdio: { mode: "pty", columns: 80, rows: 24 },
  });
  await expect(reader.process.resize(columns, rows)).rejects.toMatchObject({ code: "usage" });
  await reader.process.resize(100, 40);
  await reader.process.write(Buffer.from("go\n"));
  expect(await reader.process.exited).toMatchObject({ reason: "exited", code: 4 });
});
