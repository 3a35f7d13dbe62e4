import { seededLines } from "./seeded-lines.mjs";

/** So many messages are told apart before they repeat. */
const distinctMessages = 4_096;
const patienceMs = 60_000;

/** Sends lines one after the other, each when the one before has come back. @returns how long each took, in milliseconds */
export async function measureLatency(line, { messages, messageBytes = 100 }) {
  const durationsMs = [];
  let sentAtMs = 0;
  await echo(line, {
    block: seededLines(distinctMessages, messageBytes),
    messageBytes,
    messages,
    inFlight: 1,
    onSend: () => {
      sentAtMs = performance.now();
    },
    onAnswer: () => durationsMs.push(performance.now() - sentAtMs),
  });
  return Float64Array.from(durationsMs);
}

/** Keeps so many lines under way. @returns answers per second */
export async function measureThroughput(line, { messages, messageBytes = 100, inFlight }) {
  const block = seededLines(distinctMessages, messageBytes);
  const durationMs = await echo(line, { block, messageBytes, messages, inFlight });
  return { perSecond: messages / (durationMs / 1_000) };
}

/** Sends long lines one after the other. @returns MiB per second, counted once though they travel both ways */
export async function measureBulk(line, { messages, messageBytes }) {
  const block = seededLines(1, messageBytes);
  const durationMs = await echo(line, { block, messageBytes, messages, inFlight: 1 });
  return { mebibytesPerSecond: (messages * messageBytes) / 2 ** 20 / (durationMs / 1_000) };
}

/**
 * Sends messages and compares every byte that comes back with what was sent, at its place in the stream.
 * @param work.block messages one after the other, sent again and again
 * @returns milliseconds from the first byte sent to the last one back
 */
function echo(line, { block, messageBytes, messages, inFlight, onSend = () => {}, onAnswer = () => {} }) {
  const totalBytes = messages * messageBytes;
  let sent = 0;
  let receivedBytes = 0;
  const send = () => {
    const start = (sent * messageBytes) % block.length;
    sent += 1;
    onSend();
    line.write(block.subarray(start, start + messageBytes));
  };
  return new Promise((resolve, reject) => {
    const finish = (error) => {
      clearTimeout(timer);
      line.onBytes = () => {};
      if (error === undefined) resolve(performance.now() - startedAtMs);
      else reject(error);
    };
    const timer = setTimeout(
      () => finish(new Error(`${receivedBytes} of ${totalBytes} bytes came back within ${patienceMs} ms`)),
      patienceMs,
    );
    line.onFailure = finish;
    line.onBytes = (chunk) => {
      const wrong = firstDifference(chunk, block, receivedBytes);
      if (wrong !== undefined || receivedBytes + chunk.length > totalBytes) {
        return finish(new Error(`Byte ${wrong ?? totalBytes} came back changed, lost or twice`));
      }
      const answeredBefore = Math.floor(receivedBytes / messageBytes);
      receivedBytes += chunk.length;
      const answered = Math.floor(receivedBytes / messageBytes);
      for (let index = answeredBefore; index < answered; index += 1) {
        onAnswer();
        if (sent < messages) send();
      }
      if (answered === messages) finish();
    };
    const startedAtMs = performance.now();
    for (let index = 0; index < Math.min(inFlight, messages); index += 1) send();
  });
}

/** Where a chunk differs from the endless repetition of a block. @returns undefined if nowhere */
function firstDifference(chunk, block, offset) {
  for (let done = 0; done < chunk.length; ) {
    const start = (offset + done) % block.length;
    const length = Math.min(chunk.length - done, block.length - start);
    if (block.compare(chunk, done, done + length, start, start + length) !== 0) return offset + done;
    done += length;
  }
  return undefined;
}
