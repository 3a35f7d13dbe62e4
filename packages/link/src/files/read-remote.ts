import {
  checkReadOptions,
  createDeferred,
  FairleadError,
  type FileReading,
  type ReadOptions,
  withEffect,
} from "@fairlead/core";
import { type FileStreamResponse__Output, fromFileFactsMessage } from "@fairlead/wire";
import { IncomingBody } from "../http/incoming-body.js";
import type { SessionHandle } from "../session/session-handle.js";
import { type FileStream, openFileStream } from "./open-file-stream.js";

/** Reads a file of the executor. */
export async function readRemote(
  session: SessionHandle,
  uri: string,
  options: ReadOptions = {},
): Promise<FileReading> {
  checkReadOptions(options);
  const { offsetBytes = 0, lengthBytes, signal } = options;
  const reading = createDeferred<FileReading>();
  let body: IncomingBody | undefined;

  const receive = (frame: FileStreamResponse__Output, stream: FileStream): void => {
    if (frame.file != null) {
      body ??= new IncomingBody({
        windowBytes: stream.windowBytes,
        onConsumed: (consumed) => stream.send({ consumed }),
        onCancelled: () => stream.leave(),
      });
      const file = fromFileFactsMessage(frame.file);
      reading.resolve({ file, offsetBytes: frame.offsetBytes ?? 0, body: body.stream });
    }
    if (frame.body === undefined && !frame.end) return;
    if (body === undefined) throw invalid("The executor sent a file without saying which");
    if (frame.body !== undefined) body.receive(frame.body);
    if (frame.end) body.end();
  };
  await openFileStream(session, {
    signal,
    head: (windowBytes) => ({
      read: { uri, offsetBytes, windowBytes, ...(lengthBytes === undefined ? {} : { lengthBytes }) },
    }),
    onFrame: receive,
    onOver: (failure) => {
      if (failure === undefined) return;
      const told = withEffect(failure, "none");
      reading.reject(told);
      if (failure.code === "canceled") body?.abort(told);
      else body?.fail(told);
    },
  });
  return reading.promise;
}

function invalid(message: string): FairleadError {
  return new FairleadError("protocol", message, { reason: "frame_invalid" });
}
