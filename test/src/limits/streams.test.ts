import { createId } from "@fairlead/core";
import type { StartResponse__Output } from "@fairlead/wire";
import { expect, test } from "vitest";
import {
  attachRaw,
  openRaw,
  type RawExecutor,
  type RawSession,
  startRaw,
  unary,
} from "../failures/support/raw-executor.js";
import { startBystander, startLimited } from "./support/limited-executor.js";

const kibibyte = 1024;
/** What one read of a pipe brings at most. */
const chunkBytes = 64 * kibibyte;
/** These sessions have no lease; without a wish they would live for two seconds. */
const held = { wishedDetachTtlMs: 60_000 };
const endless = "exec cat /dev/zero";

interface Granted {
  readonly processId: string;
  readonly outputBytes: number;
  readonly inputBytes: number;
}

async function startGranted(raw: RawExecutor, { ref }: RawSession, script: string): Promise<Granted> {
  const processId = createId("p");
  const request = { opId: createId("o"), processId, program: "/bin/sh", args: ["-c", script] };
  const started = await unary<StartResponse__Output>((done) =>
    raw.process.start(request, raw.metadata(ref), done),
  );
  return { processId, outputBytes: started.outputWindowBytes, inputBytes: started.inputWindowBytes };
}

test("a frame carries as much as the limit says, and no more", async () => {
  const frameMaxBytes = 100_000;
  await using limited = await startLimited({ frameMaxBytes });
  const { raw } = limited;
  const bystander = await startBystander(limited);
  const session = await openRaw(raw, held);
  const { processId } = await startRaw(raw, session, "cat > /dev/null");
  const send = async (sizeBytes: number): Promise<ReturnType<typeof attachRaw>> => {
    const stream = attachRaw(raw, session.ref);
    stream.send({ attach: { processId } });
    await expect.poll(() => stream.messages[0]?.attached, { timeout: 5_000 }).toBeTruthy();
    const offset = stream.messages[0]?.attached?.inputReceived ?? 0;
    stream.send({ input: { offset, data: Buffer.alloc(sizeBytes) } });
    return stream;
  };
  const exact = await send(frameMaxBytes);
  await expect.poll(() => exact.messages.at(-1)?.inputTaken, { timeout: 5_000 }).toBe(frameMaxBytes);
  exact.cancel();
  expect(await (await send(frameMaxBytes + 1)).ended).toMatchObject({
    code: "protocol",
    reason: "frame_invalid",
    message: expect.stringContaining(String(frameMaxBytes)),
  });
  await bystander.echo("still here");
  // The process lives on, and takes what another reader sends in pieces that fit.
  const again = await send(frameMaxBytes);
  await expect.poll(() => again.messages.at(-1)?.inputTaken, { timeout: 5_000 }).toBe(2 * frameMaxBytes);
});

test("as much input as its window may wait for a process, and no more", async () => {
  await using limited = await startLimited({ windowBytes: 200 * kibibyte });
  const { raw } = limited;
  const bystander = await startBystander(limited);
  const session = await openRaw(raw, held);
  const { processId, inputBytes } = await startGranted(raw, session, "exec sleep 600");
  expect(inputBytes).toBe(200 * kibibyte);
  const stream = attachRaw(raw, session.ref);
  const taken = (): number => Math.max(0, ...stream.messages.map(({ inputTaken }) => inputTaken ?? 0));
  stream.send({ attach: { processId } });
  let sentBytes = 0;
  // The kernel takes some of it for the process, and so much fits again; until it takes nothing more.
  for (let quietRounds = 0; quietRounds < 20; quietRounds += 1) {
    const roomBytes = inputBytes - (sentBytes - taken());
    if (roomBytes > 0) {
      stream.send({ input: { offset: sentBytes, data: Buffer.alloc(roomBytes) } });
      sentBytes += roomBytes;
      quietRounds = 0;
    }
    await bystander.echo("still here");
  }
  expect(sentBytes).toBe(inputBytes + taken());
  stream.send({ input: { offset: sentBytes, data: Buffer.alloc(1) } });
  expect(await stream.ended).toMatchObject({ code: "resource_exhausted", reason: "limit_reached" });
  await bystander.echo("and here");
});

test("a process that nobody reads is held back when its window is full, and goes on when there is room", async () => {
  await using limited = await startLimited({ windowBytes: 100_000, frameTargetBytes: 7_000 });
  const { raw } = limited;
  const bystander = await startBystander(limited);
  const session = await openRaw(raw, held);
  const { processId, outputBytes } = await startGranted(raw, session, endless);
  expect(outputBytes).toBe(100_000);
  const stream = attachRaw(raw, session.ref);
  const received = (): number =>
    stream.messages.reduce((sum, { stdout }) => sum + (stdout?.data.length ?? 0), 0);
  stream.send({ attach: { processId } });
  await expect.poll(received, { timeout: 5_000 }).toBeGreaterThanOrEqual(outputBytes);
  await bystander.echo("still here");
  // The read that fills the window may bring more than fits: one chunk of a pipe.
  const excessBytes = received() - outputBytes;
  expect(excessBytes).toBeLessThan(chunkBytes);
  stream.send({ stdoutConsumed: excessBytes });
  await bystander.echo("and here");
  expect(received()).toBe(outputBytes + excessBytes);
  stream.send({ stdoutConsumed: excessBytes + 1 });
  await expect.poll(received, { timeout: 5_000 }).toBeGreaterThan(outputBytes + excessBytes);
  await bystander.echo("and here again");
  expect(received()).toBeLessThanOrEqual(outputBytes + excessBytes + chunkBytes);
  expect(Math.max(...stream.messages.map(({ stdout }) => stdout?.data.length ?? 0))).toBe(7_000);
});

test("the windows of a session's processes stay within its buffer, however many there are", async () => {
  const [sessionBufferBytes, most] = [16 * 1024 * kibibyte, 40];
  await using limited = await startLimited({
    sessionBufferBytes,
    windowBytes: 1024 * kibibyte,
    processesPerSession: most,
  });
  const { raw } = limited;
  const session = await openRaw(raw, held);
  const granted: Granted[] = [];
  while (granted.length < most) granted.push(await startGranted(raw, session, "read -r line"));
  const sum = granted.reduce((total, { outputBytes, inputBytes }) => total + 2 * outputBytes + inputBytes, 0);
  expect(sum).toBeLessThanOrEqual(sessionBufferBytes);
  // The last one still has room for a frame; the first ones are not made to pay for those that may never come.
  const last = granted.at(-1)?.outputBytes ?? 0;
  expect(Math.min(...granted.flatMap(({ outputBytes, inputBytes }) => [outputBytes, inputBytes]))).toBe(last);
  expect(last).toBeGreaterThanOrEqual(64 * kibibyte);
  expect(granted[0]?.outputBytes).toBeGreaterThan(4 * last);
  // What a process had is given back when it is stopped.
  for (const { processId } of granted) {
    await unary((done) =>
      raw.process.stop({ opId: createId("o"), processId }, raw.metadata(session.ref), done),
    );
  }
  const [first] = granted;
  const again = await startGranted(raw, session, "read -r line");
  expect(again).toEqual({ ...first, processId: again.processId });
});
