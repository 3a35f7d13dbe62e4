import { type ExecutorLimits, FairleadError, type Files } from "@fairlead/core";
import {
  type FileStreamRequest__Output,
  type FileStreamResponse,
  fileWindowBytes,
  fromReadHead,
  fromWriteHead,
  toFileFactsMessage,
} from "@fairlead/wire";
import { RequestBody } from "../http/request-body.js";
import type { FlowWindow } from "./flow-window.js";
import { sendEvents, sendListing, sendUpdates } from "./send-items.js";

/** What doing something with files needs. */
export interface FileWorkOptions {
  readonly call: { send(frame: FileStreamResponse): void };
  readonly flow: FlowWindow;
  readonly files: Files;
  readonly limits: ExecutorLimits;
  /** Fires when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** Something that is being done with files. */
export interface FileWork {
  /** Takes content to be written. @throws FairleadError `protocol` for what comes where none is wanted */
  readonly take: (frame: FileStreamRequest__Output) => void;
  /** Settles when all of it was sent, or rejects with why it was not. */
  readonly done: Promise<void>;
}

/** Begins what the first frame of a stream asks for. @throws FairleadError `protocol` where it asks for nothing */
export function startFileWork(frame: FileStreamRequest__Output, options: FileWorkOptions): FileWork {
  const { list, read, write, search, watch } = frame;
  if (write != null) return takeFile(write, options);
  const sent = sending();
  if (sent === undefined) throw invalid("The first frame of a file stream must say what to do");
  return { take: () => refuseContent(), done: sent };

  function sending(): Promise<void> | undefined {
    if (read != null) return sendFile(read, options);
    if (list != null) return sendListing(list, options);
    if (search != null) return sendUpdates(search, options);
    return watch == null ? undefined : sendEvents(watch, options);
  }
}

async function sendFile(
  head: NonNullable<FileStreamRequest__Output["read"]>,
  { call, flow, files, limits, signal }: FileWorkOptions,
): Promise<void> {
  const { file, offsetBytes, body } = await files.read(head.uri, { ...fromReadHead(head), signal });
  call.send({ file: toFileFactsMessage(file), offsetBytes });
  flow.open(Math.max(1, Math.min(fileWindowBytes(limits), head.windowBytes)));
  const frameBytes = Math.min(limits.fileBlockBytes, limits.frameMaxBytes);
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let at = 0; at < value.length; ) {
      const room = await flow.room();
      if (room === 0) return;
      const slice = value.subarray(at, at + Math.min(room, frameBytes));
      call.send({ body: slice });
      flow.sent(slice.length);
      at += slice.length;
    }
  }
  call.send({ end: true });
}

function takeFile(
  head: NonNullable<FileStreamRequest__Output["write"]>,
  { call, files, limits, signal }: FileWorkOptions,
): FileWork {
  const windowBytes = fileWindowBytes(limits);
  let told = 0;
  const body = new RequestBody({
    windowBytes,
    frameMaxBytes: limits.frameMaxBytes,
    limitBytes: Infinity,
    toldBytes: undefined,
    onTaken: () => {
      if (!body.isDry && body.taken - told < windowBytes / 8) return;
      told = body.taken;
      call.send({ taken: told });
    },
  });
  const run = async (): Promise<void> => {
    const file = await files.write(head.uri, body.stream(), { ...fromWriteHead(head), signal });
    call.send({ file: toFileFactsMessage(file), end: true });
  };
  return { take: (frame) => body.accept(frame.body ?? new Uint8Array(), frame.bodyEnd), done: run() };
}

function refuseContent(): never {
  throw invalid("Only a write takes content");
}

function invalid(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
