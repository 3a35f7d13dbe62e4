import { once } from "node:events";
import { type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import { createDeferred, FairleadError, settlesWithinMs } from "@fairlead/core";
import { type Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { createCallMetadata } from "../call-metadata.js";
import { services } from "../contract.js";
import { fromServiceError } from "../errors/from-service-error.js";
import { type DuplexCall, type DuplexHandler, handle, type UnaryHandler } from "./handle.js";

type Machine = InstanceType<typeof services.MachineService>;
type Session = InstanceType<typeof services.SessionService>;
type AnyDuplex = DuplexCall<unknown, unknown>;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Served {
  readonly machine: Machine;
  readonly session: Session;
  readonly port: number;
  /** Failures that were told as bugs. */
  readonly internal: string[];
}

/** A real server on loopback whose handlers are the test's. */
async function serve(handlers: {
  describe?: UnaryHandler<object, object>;
  lease?: DuplexHandler<unknown, unknown>;
  identify?: () => string;
  /** Replaces what a lease sends. */
  serialize?: () => Buffer;
}): Promise<Served> {
  const server = new Server();
  const internal: string[] = [];
  const options = {
    identify: handlers.identify ?? (() => "somebody"),
    onInternalError: (error: FairleadError, method: string) => internal.push(`${method}: ${error.message}`),
  };
  const nothing = async (): Promise<object> => ({});
  const { describe = nothing, lease = async () => {} } = handlers;
  handle(server, services.MachineService.service, { Describe: describe }, options);
  const session = { OpenSession: nothing, CloseSession: nothing, Lease: lease as never };
  const { service } = services.SessionService;
  const { serialize } = handlers;
  const padded =
    serialize === undefined ? {} : { Lease: { ...service["Lease"], responseSerialize: serialize } };
  handle(server, { ...service, ...padded }, session, options);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  closers.push(() => server.forceShutdown());
  const client = <T extends Client>(made: T): T => {
    closers.push(() => made.close());
    return made;
  };
  const [target, insecure] = [`127.0.0.1:${port}`, credentials.createInsecure()];
  return {
    internal,
    port,
    machine: client(new services.MachineService(target, insecure)),
    session: client(new services.SessionService(target, insecure)),
  };
}

function describeOf(machine: Machine): Promise<FairleadError | undefined> {
  return new Promise((resolve) => {
    machine.describe({}, createCallMetadata(undefined), (error) =>
      resolve(error === null ? undefined : fromServiceError(error, "The executor")),
    );
  });
}

/** Sends messages on a stream. @returns how it ended */
function leaseOf(session: Session, messages: number): Promise<FairleadError | undefined> {
  const call = session.lease(createCallMetadata(undefined));
  for (let heartbeat = 1; heartbeat <= messages; heartbeat += 1) call.write({ heartbeat });
  call.resume();
  return new Promise((resolve) => {
    call.on("error", (error: unknown) => resolve(fromServiceError(error, "The executor")));
    call.on("end", () => resolve(undefined));
  });
}

const typed = (): never => {
  throw new FairleadError("not_found", "no such thing", { reason: "process_unknown", effect: "none" });
};
const bug = (): never => {
  throw new TypeError("the secret is hunter2");
};

test.each([
  ["at once", typed],
  ["later", async () => Promise.resolve().then(typed)],
])("a typed failure of a call, %s, reaches the client whole", async (_, describe) => {
  const { machine, internal } = await serve({ describe });
  expect(await describeOf(machine)).toMatchObject({
    code: "not_found",
    reason: "process_unknown",
    effect: "none",
    message: "no such thing",
  });
  expect(internal).toEqual([]);
});

test.each([
  ["at once", bug],
  ["later", async () => Promise.resolve().then(bug)],
])("a bug in a call, %s, is told to us and kept from the client", async (_, describe) => {
  const { machine, internal } = await serve({ describe });
  const error = await describeOf(machine);
  expect(error).toMatchObject({ code: "internal" });
  expect(error?.message).not.toContain("hunter2");
  expect(internal).toEqual([expect.stringMatching("MachineService/Describe: .*hunter2")]);
});

test.each<[when: string, lease: DuplexHandler<unknown, unknown>]>([
  ["before anything", async () => typed()],
  ["without being asynchronous", typed],
  ["in a message", (call: AnyDuplex) => new Promise(() => call.onMessage(typed))],
])("a typed failure of a stream, %s, ends that stream alone", async (_, lease) => {
  const { session, machine } = await serve({ lease });
  expect(await leaseOf(session, 2)).toMatchObject({ code: "not_found", reason: "process_unknown" });
  expect(await describeOf(machine)).toBeUndefined();
});

test("after a failure nothing of the stream is handled or sent any more", async () => {
  const seen: unknown[] = [];
  const { session } = await serve({
    lease: (call) =>
      new Promise(() => {
        call.onMessage((message) => {
          seen.push(message);
          call.send({ heartbeat: 1 });
          typed();
        });
      }),
  });
  expect(await leaseOf(session, 5)).toMatchObject({ code: "not_found" });
  expect(seen).toHaveLength(1);
});

test("a stream ends well when its handler has done", async () => {
  const { session } = await serve({ lease: async () => {} });
  expect(await leaseOf(session, 1)).toBeUndefined();
});

/** A client of bare HTTP/2 whose window is what it is at first: it asks, and never reads. */
async function askWithoutReading(port: number, asks: number): Promise<ClientHttp2Stream> {
  const http = connect(`http://127.0.0.1:${port}`);
  closers.push(() => http.destroy());
  const stream = http.request({
    ":method": "POST",
    ":path": services.SessionService.service["Lease"].path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.pause();
  // LeaseRequest { heartbeat: 1 } behind the five bytes of gRPC.
  for (let count = 0; count < asks; count += 1) stream.write(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
  await once(http, "connect");
  return stream;
}

test("a flood whose answers nobody reads ends its stream when 4 MiB wait, and leaves the others alone", async () => {
  const answerBytes = 64 * 1024;
  let answers = 0;
  const failures: unknown[] = [];
  const lease: DuplexHandler<unknown, unknown> = (call) =>
    new Promise(() => {
      call.onMessage(() => {
        answers += 1;
        call.send({ padding: answers });
      });
    });
  const definition = services.SessionService.service["Lease"];
  const { machine, port } = await serve({
    lease,
    // Answers are as large as the test wants them.
    serialize: () => Buffer.alloc(answerBytes, definition.responseSerialize({ heartbeat: 1 })),
  });
  const stream = await askWithoutReading(port, 1_000);
  await expect.poll(() => answers, { timeout: 5_000 }).toBeGreaterThan(60);
  expect(await describeOf(machine)).toBeUndefined();
  expect(answers * answerBytes).toBeLessThan(5 * 1024 * 1024);
  const trailers = createDeferred<IncomingHttpHeaders>();
  stream.on("trailers", (headers: IncomingHttpHeaders) => trailers.resolve(headers));
  stream.on("error", (error: unknown) => failures.push(error));
  stream.resume();
  // RESOURCE_EXHAUSTED, as soon as the client reads.
  expect((await trailers.promise)["grpc-status"]).toBe("8");
  expect(failures).toEqual([]);
});

test("a handler that waits while its call is congested loses nothing, however slow the reader", async () => {
  const [answerBytes, wanted] = [32 * 1024, 300];
  let [sent, mostAhead, read] = [0, 0, 0];
  const lease: DuplexHandler<unknown, unknown> = (call) =>
    new Promise((resolve) => {
      const pump = (): void => {
        while (sent < wanted && !call.isCongested) {
          call.send({});
          sent += 1;
        }
        mostAhead = Math.max(mostAhead, sent - read);
        if (sent === wanted) resolve();
      };
      call.onMessage(pump);
      call.onDrained(pump);
    });
  const { port } = await serve({ lease, serialize: () => Buffer.alloc(answerBytes) });
  const stream = await askWithoutReading(port, 1);
  await expect.poll(() => sent).toBeGreaterThan(10);
  const trailers = createDeferred<IncomingHttpHeaders>();
  stream.on("trailers", (headers: IncomingHttpHeaders) => trailers.resolve(headers));
  let receivedBytes = 0;
  stream.on("data", (chunk: Buffer) => {
    receivedBytes += chunk.length;
    read = Math.floor(receivedBytes / (answerBytes + 5));
  });
  stream.resume();
  expect((await trailers.promise)["grpc-status"]).toBe("0");
  expect(receivedBytes).toBe(wanted * (answerBytes + 5));
  expect(mostAhead).toBeLessThan(100);
});

test("a caller who is refused never reaches the handler", async () => {
  let reached = 0;
  const handler = async (): Promise<never> => {
    reached += 1;
    return typed();
  };
  const identify = (): never => {
    throw new FairleadError("unauthenticated", "who are you?", { reason: "bad_token", effect: "none" });
  };
  const { machine, session } = await serve({ describe: handler, lease: handler, identify });
  expect(await describeOf(machine)).toMatchObject({ code: "unauthenticated", reason: "bad_token" });
  expect(await leaseOf(session, 1)).toMatchObject({ code: "unauthenticated", reason: "bad_token" });
  expect(reached).toBe(0);
});

test("a handler learns that its client has gone", async () => {
  const [reached, gone] = [createDeferred<void>(), createDeferred<void>()];
  const { session } = await serve({
    lease: (_, { signal }) => {
      signal.addEventListener("abort", () => gone.resolve(), { once: true });
      reached.resolve();
      return gone.promise;
    },
  });
  const call = session.lease(createCallMetadata(undefined));
  call.on("error", () => {});
  call.write({ heartbeat: 1 });
  await reached.promise;
  call.cancel();
  expect(await settlesWithinMs(gone.promise, 2_000)).toBe(true);
});

test("a method without a handler is a mistake of ours, found at the start", () => {
  const options = { identify: () => "x", onInternalError: () => {} };
  expect(() => handle(new Server(), services.MachineService.service, {}, options)).toThrow(
    "No handler for /fairlead.executor.v1.MachineService/Describe",
  );
});
