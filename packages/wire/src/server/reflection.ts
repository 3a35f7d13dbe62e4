import { Duplex } from "node:stream";
import { FairleadError } from "@fairlead/core";
import type { Server, ServiceDefinition } from "@grpc/grpc-js";
import { type DuplexCall, type DuplexHandler, type HandleOptions, handle } from "./handle.js";

type Method = ServiceDefinition[string];

/** One version of the service, as the library would have added it. */
interface Reflection {
  readonly method: Method;
  readonly serve: (messages: Duplex) => void;
}

const versions = ["v1", "v1alpha"] as const;
const methodName = "ServerReflectionInfo";

/**
 * Adds the standard reflection service. Its tables are made when somebody asks for the first time: hardly anybody does,
 * and making them takes as long as everything else that an executor does at its start.
 */
export function addReflection(server: Server, options: HandleOptions): void {
  let made: Promise<ReadonlyMap<string, Reflection>> | undefined;
  for (const version of versions) {
    const path = `/grpc.reflection.${version}.ServerReflection/${methodName}`;
    const serve: DuplexHandler<Buffer, Buffer> = async (call) => {
      const messages = new EarlyMessages(call);
      made ??= makeReflections();
      const reflection = (await made).get(path);
      if (reflection === undefined) throw new Error(`The library has no ${path}`);
      await messages.serve(reflection);
    };
    handle(server, { [methodName]: rawMethod(path) }, { [methodName]: serve }, options);
  }
}

/** Lets the library add its services to what only looks like a server. @returns by the path of the method */
async function makeReflections(): Promise<ReadonlyMap<string, Reflection>> {
  const [{ ReflectionService }, { fromJSON }, { descriptor }] = await Promise.all([
    import("@grpc/reflection"),
    import("@grpc/proto-loader"),
    import("../gen/reflection-descriptor.js"),
  ]);
  const found = new Map<string, Reflection>();
  const collector = {
    addService: (definition: ServiceDefinition, handlers: Record<string, Reflection["serve"]>) => {
      const method = definition[methodName];
      const serve = handlers[methodName];
      if (method !== undefined && serve !== undefined) found.set(method.path, { method, serve });
    },
  };
  new ReflectionService(fromJSON(descriptor)).addToServer(collector as unknown as Server);
  return found;
}

/** The messages of a call from its first one on, which may come before anybody can answer it. */
class EarlyMessages {
  readonly #call: DuplexCall<Buffer, Buffer>;
  readonly #early: Buffer[] = [];
  #take: (bytes: Buffer) => void = (bytes) => this.#early.push(bytes);
  #end: () => void = () => {
    this.#isEnded = true;
  };
  #isEnded = false;

  constructor(call: DuplexCall<Buffer, Buffer>) {
    this.#call = call;
    call.onMessage((bytes) => this.#take(bytes));
    call.onEnd(() => this.#end());
  }

  /** Settles when the library has said its last word. */
  serve({ method, serve }: Reflection): Promise<void> {
    return new Promise((resolve) => {
      const messages = new Duplex({
        objectMode: true,
        read: () => {},
        write: (message: unknown, _encoding, done) => {
          this.#call.send(method.responseSerialize(message));
          done();
        },
        final: (done) => {
          done();
          resolve();
        },
      });
      this.#take = (bytes) => void messages.push(readMessage(method, bytes));
      this.#end = () => void messages.push(null);
      serve(messages);
      for (const bytes of this.#early) this.#take(bytes);
      if (this.#isEnded) this.#end();
    });
  }
}

function readMessage(method: Method, bytes: Buffer): unknown {
  try {
    return method.requestDeserialize(bytes);
  } catch (cause) {
    throw new FairleadError("usage", "This is no request of the reflection service", {
      cause,
      reason: "argument_invalid",
      effect: "none",
    });
  }
}

const same = (bytes: Buffer): Buffer => bytes;

function rawMethod(path: string): Method {
  return {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}
