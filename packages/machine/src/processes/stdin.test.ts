import { describe, expect, it } from "vitest";
import { launched } from "../fixtures/launched.js";

describe("stdin", () => {
  it("carries bytes in order and ends after what was written before", async () => {
    await using child = await launched({ program: "cat", args: [] });
    const writes = Array.from({ length: 200 }, (_, index) => child.process.write(Buffer.from(`${index}\n`)));
    const closes = [child.process.closeStdin(), child.process.closeStdin()];
    await Promise.all([...writes, ...closes]);
    await child.process.closed;
    expect(child.text()).toBe(Array.from({ length: 200 }, (_, index) => `${index}\n`).join(""));
  });

  it("does not settle a write before the kernel took it", async () => {
    await using child = await launched({ program: "sleep", args: ["600"], stopTimes: { stdinGraceMs: 0 } });
    let settled = false;
    const write = child.process.write(Buffer.alloc(8 * 1024 * 1024)).finally(() => {
      settled = true;
    });
    write.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(settled).toBe(false);
    await child.process.stop();
    await expect(write).rejects.toMatchObject({
      reason: "stdin_closed",
      details: { ackedBytes: 0, writtenBytes: 8 * 1024 * 1024 },
    });
  });

  it("tells a dead child from a live one, with how much it took", async () => {
    await using child = await launched({ program: "sh", args: ["-c", "read line; echo got; exit 0"] });
    await child.process.write(Buffer.from("hello\n"));
    await child.process.exited;
    await expect(child.process.write(Buffer.from("more"))).rejects.toMatchObject({
      code: "unavailable",
      reason: "stdin_closed",
      details: { ackedBytes: 6, writtenBytes: 10 },
    });
  });

  it("notices a child that closed its stdin and lives on", async () => {
    await using child = await launched({
      program: "sh",
      args: ["-c", "exec 0<&-; echo closed; exec sleep 600"],
      stopTimes: { stdinGraceMs: 0 },
    });
    await child.says("closed");
    await expect(child.process.write(Buffer.from("x"))).rejects.toMatchObject({ reason: "stdin_closed" });
    await child.process.closeStdin();
  });

  it("refuses to write after it was closed by us", async () => {
    await using child = await launched({ program: "cat", args: [] });
    await child.process.closeStdin();
    await expect(child.process.write(Buffer.from("x"))).rejects.toMatchObject({
      reason: "stdin_closed",
      effect: "none",
    });
  });
});
