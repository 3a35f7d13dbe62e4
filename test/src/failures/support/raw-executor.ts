import { createId, type FairleadError } from "@fairlead/core";
import {
  type AttachRequest,
  type AttachResponse__Output,
  createCallMetadata,
  type FileStreamRequest,
  type FileStreamResponse__Output,
  type FilesServiceClient,
  fromServiceError,
  type HttpRequestFrame,
  type HttpResponseFrame__Output,
  type HttpServiceClient,
  type LeaseRequest,
  type LeaseResponse__Output,
  type MachineServiceClient,
  type OpenRequest,
  type OpenResponse__Output,
  type ProcessServiceClient,
  readErrorDetail,
  type SessionRef,
  type SessionServiceClient,
  services,
} from "@fairlead/wire";
import { type ClientDuplexStream, credentials, type Metadata, type ServiceError } from "@grpc/grpc-js";

/** A gRPC client of an executor that keeps no rule of the contract by itself. */
export interface RawExecutor extends Disposable {
  readonly session: SessionServiceClient;
  readonly process: ProcessServiceClient;
  readonly machine: MachineServiceClient;
  readonly http: HttpServiceClient;
  readonly files: FilesServiceClient;
  readonly token: string | undefined;
  /** Metadata with the token, and a session where one is given. */
  metadata(ref?: SessionRef): Metadata;
}

/** An open session of a raw client. */
export interface RawSession {
  readonly ref: SessionRef;
  readonly secret: Buffer;
  readonly opened: OpenResponse__Output;
}

/** Makes a raw client. @param url `unix://…` or `grpc://…` */
export function createRawExecutor(url: string, token?: string): RawExecutor {
  const target = url.startsWith("unix://")
    ? `unix:${url.slice("unix://".length)}`
    : url.slice("grpc://".length);
  const options = {
    "grpc.use_local_subchannel_pool": 1,
    ...(url.startsWith("unix://") ? { "grpc.default_authority": "localhost" } : {}),
    "grpc.max_send_message_length": -1,
  };
  const insecure = credentials.createInsecure();
  const session = new services.SessionService(target, insecure, options);
  const shared = { ...options, channelOverride: session.getChannel() };
  return {
    session,
    process: new services.ProcessService(target, insecure, shared),
    machine: new services.MachineService(target, insecure, shared),
    http: new services.HttpService(target, insecure, shared),
    files: new services.FilesService(target, insecure, shared),
    token,
    metadata: (ref) => createCallMetadata(token, ref),
    [Symbol.dispose]: () => session.close(),
  };
}

type Done<Response> = (error: ServiceError | null, response?: Response) => void;

/** Makes a unary call. Rejects with what grpc-js gives, so that the status and the trailers can be seen. */
export function unary<Response>(start: (done: Done<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => {
      if (error !== null) reject(error);
      else resolve(response as Response);
    });
  });
}

/** The typed error that a failed call carried; throws where the status has no detail of ours. */
export function detailOf(failure: unknown): FairleadError {
  const { metadata } = failure as ServiceError;
  const detail = readErrorDetail(metadata, failure);
  if (detail === undefined) throw new Error(`No typed detail in ${String(failure)}`, { cause: failure });
  return detail;
}

/** Opens a session. */
export async function openRaw(raw: RawExecutor, more: OpenRequest = {}): Promise<RawSession> {
  const request = {
    protocolVersionMin: 1,
    protocolVersionMax: 1,
    clientName: "raw",
    clientVersion: "0",
    ...more,
  };
  const opened = await unary<OpenResponse__Output>((done) =>
    raw.session.openSession(request, raw.metadata(), done),
  );
  const { resumeToken } = opened;
  if (resumeToken == null) throw new Error("The executor gave no resume token");
  return {
    ref: { sessionId: resumeToken.sessionId, epoch: opened.epoch },
    secret: resumeToken.secret,
    opened,
  };
}

/** Starts `sh -c SCRIPT` in a session. @returns the process id and the operating system's pid */
export async function startRaw(
  raw: RawExecutor,
  { ref }: RawSession,
  script: string,
): Promise<{ readonly processId: string; readonly pid: number }> {
  const processId = createId("p");
  const request = { opId: createId("o"), processId, program: "/bin/sh", args: ["-c", script] };
  const { pid } = await unary<{ pid: number }>((done) => raw.process.start(request, raw.metadata(ref), done));
  return { processId, pid };
}

/** A stream as a test sees it. */
export interface RawStream<Request, Response> {
  readonly messages: readonly Response[];
  send(message: Request): void;
  halfClose(): void;
  /** Settles at its end: the failure, or undefined where it ended well. */
  readonly ended: Promise<FairleadError | undefined>;
  cancel(): void;
}

/** Attaches to a process; the first frame is the caller's. */
export function attachRaw(
  raw: RawExecutor,
  ref: SessionRef | undefined,
): RawStream<AttachRequest, AttachResponse__Output> {
  return follow(raw.process.attach(raw.metadata(ref)));
}

/** Opens the stream of an HTTP request; the first frame is the caller's. */
export function requestRaw(
  raw: RawExecutor,
  ref: SessionRef | undefined,
): RawStream<HttpRequestFrame, HttpResponseFrame__Output> {
  return follow(raw.http.request(raw.metadata(ref)));
}

/** Opens a stream about files; the first frame is the caller's. */
export function fileStreamRaw(
  raw: RawExecutor,
  ref: SessionRef | undefined,
): RawStream<FileStreamRequest, FileStreamResponse__Output> {
  return follow(raw.files.stream(raw.metadata(ref)));
}

/** Opens a lease. */
export function leaseRaw(
  raw: RawExecutor,
  ref: SessionRef | undefined,
): RawStream<LeaseRequest, LeaseResponse__Output> {
  return follow(raw.session.lease(raw.metadata(ref)));
}

function follow<Request, Response>(
  call: ClientDuplexStream<Request, Response>,
): RawStream<Request, Response> {
  const messages: Response[] = [];
  call.on("data", (message: Response) => messages.push(message));
  return {
    messages,
    send: (message) => void call.write(message),
    halfClose: () => void call.end(),
    ended: new Promise((resolve) => {
      call.on("error", (error: unknown) => resolve(fromServiceError(error, "The executor")));
      call.on("end", () => resolve(undefined));
    }),
    cancel: () => call.cancel(),
  };
}
