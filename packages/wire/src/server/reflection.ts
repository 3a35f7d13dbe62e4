import { Duplex } from "node:stream";
import { type Server, type ServerDuplexStream, type ServiceDefinition, status } from "@grpc/grpc-js";

type Stream = ServerDuplexStream<Buffer, Buffer>;
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
export function addReflection(server: Server): void {
  let made: Promise<ReadonlyMap<string, Reflection>> | undefined;
  for (const version of versions) {
    const path = `/grpc.reflection.${version}.ServerReflection/${methodName}`;
    const serve = async (stream: Stream): Promise<void> => {
      made ??= makeReflections();
      const reflection = (await made).get(path);
      if (reflection === undefined) throw new Error(`The library has no ${path}`);
      reflection.serve(messagesOf(stream, reflection.method));
    };
    server.addService(
      { [methodName]: rawMethod(path) },
      {
        [methodName]: (stream: Stream) => {
          serve(stream).catch((error: unknown) => fail(stream, status.INTERNAL, error));
        },
      },
    );
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

/** The messages of a stream whose frames are bytes. */
function messagesOf(stream: Stream, method: Method): Duplex {
  const messages = new Duplex({
    objectMode: true,
    read: () => {},
    write: (message: unknown, _encoding, done) => {
      stream.write(method.responseSerialize(message));
      done();
    },
    final: (done) => {
      stream.end();
      done();
    },
  });
  stream.on("data", (bytes: Buffer) => {
    try {
      messages.push(method.requestDeserialize(bytes));
    } catch (error) {
      fail(stream, status.INVALID_ARGUMENT, error);
    }
  });
  stream.on("end", () => messages.push(null));
  return messages;
}

function rawMethod(path: string): Method {
  const same = (bytes: Buffer): Buffer => bytes;
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

function fail(stream: Stream, code: status, error: unknown): void {
  stream.emit("error", Object.assign(new Error(String(error)), { code, details: String(error) }));
}
