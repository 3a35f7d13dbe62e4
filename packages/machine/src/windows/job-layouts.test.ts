import { describe, expect, it } from "vitest";
import { decodeJobPids, encodeKillOnClose, jobListBuffer } from "./job-layouts.js";

describe("the layouts of jobs", () => {
  it("say that whoever is in it ends with its last handle, and limit nothing else", () => {
    const limits = encodeKillOnClose();
    expect(limits).toHaveLength(144);
    expect(limits.readUInt32LE(16)).toBe(0x2000);
    expect(limits.fill(0, 16, 20)).toEqual(Buffer.alloc(144));
  });

  it.each([
    [0, 0, [], []],
    [2, 2, [4_000, 0xffff_fffc], [4_000, 0xffff_fffc]],
    [3, 2, [4_000, 4_004], undefined],
    [9, 9, [], undefined],
  ])("read %i processes of which %i are listed", (assigned, listed, pids, expected) => {
    const buffer = jobListBuffer(2);
    buffer.writeUInt32LE(assigned, 0);
    buffer.writeUInt32LE(listed, 4);
    for (const [index, pid] of pids.entries()) buffer.writeBigUInt64LE(BigInt(pid), 8 + 8 * index);
    expect(decodeJobPids(buffer)).toEqual(expected);
  });
});
