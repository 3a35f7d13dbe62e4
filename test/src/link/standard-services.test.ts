import { Client, connectivityState, credentials, Metadata, status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startDaemon } from "../failures/support/executor-daemon.js";
import { createScene } from "../failures/support/scene.js";
import { connect } from "./support/connected.js";
import { launchReader } from "./support/launch-reader.js";

/** A client that sends and gets plain bytes: what any gRPC tool does that knows nothing of this project. */
class BytesClient extends Client {
  unary(method: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.makeUnaryRequest(method, same, same, request, new Metadata(), (error, response) => {
        if (error === null) resolve(response ?? Buffer.alloc(0));
        else reject(error);
      });
    });
  }

  /** Sends one message and gives all answers up to `count`. */
  async stream(method: string, request: Buffer, count: number): Promise<Buffer[]> {
    const answers: Buffer[] = [];
    const call = this.makeBidiStreamRequest(method, same, same, new Metadata());
    call.write(request);
    call.end();
    for await (const answer of call) {
      answers.push(answer as Buffer);
      if (answers.length === count) break;
    }
    call.cancel();
    return answers;
  }
}

const same = (bytes: Buffer): Buffer => bytes;

function dial(address: string): BytesClient {
  const target = address.startsWith("unix://")
    ? `unix:${address.slice("unix://".length)}`
    : address.slice("grpc://".length);
  return new BytesClient(target, credentials.createInsecure(), {
    ...(address.startsWith("unix://") ? { "grpc.default_authority": "localhost" } : {}),
    "grpc.use_local_subchannel_pool": 1,
  });
}

/** A protobuf field of type string. */
function text(field: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);
}

const serving = Buffer.from([0x08, 0x01]);
const notServing = Buffer.from([0x08, 0x02]);

const ours = ["SessionService", "ProcessService", "MachineService", "HttpService", "FilesService"].map(
  (name) => `fairlead.executor.v1.${name}`,
);

describe("grpc.health.v1.Health", () => {
  test.each(["", ...ours])("says that %j is serving", async (service) => {
    await using connected = await connect();
    const client = dial(connected.daemon.address);
    const request = service === "" ? Buffer.alloc(0) : text(1, service);
    expect(await client.unary("/grpc.health.v1.Health/Check", request)).toEqual(serving);
    client.close();
  });

  test("does not know what there is not", async () => {
    await using connected = await connect();
    const client = dial(connected.daemon.address);
    const check = client.unary("/grpc.health.v1.Health/Check", text(1, "nobody.Service"));
    await expect(check).rejects.toMatchObject({ code: status.NOT_FOUND });
    client.close();
  });

  test("tells while the executor is ending that it is not serving any more", async () => {
    await using connected = await connect();
    const { daemon, session } = connected;
    const stubborn = "trap '' TERM; echo ready; while :; do sleep 1; done";
    const child = await launchReader(session, ["sh", "-c", stubborn]);
    await expect.poll(() => child.text).toBe("ready\n");
    const client = dial(daemon.address);
    const watched = client.stream("/grpc.health.v1.Health/Watch", Buffer.alloc(0), 2);
    await expect.poll(() => client.getChannel().getConnectivityState(true)).toBe(connectivityState.READY);
    expect(await client.unary("/grpc.health.v1.Health/Check", Buffer.alloc(0))).toEqual(serving);
    daemon.kill("SIGTERM");
    expect(await watched).toEqual([serving, notServing]);
    client.close();
    daemon.kill("SIGINT");
    expect(await daemon.exited).toMatchObject({ code: 0 });
  });
});

describe("server reflection", () => {
  test.each(["v1", "v1alpha"])("%s lists every service", async (version) => {
    await using scene = await createScene();
    await using daemon = await startDaemon(scene);
    const client = dial(daemon.address);
    const method = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    // list_services is field 7, its text is not used.
    const [answer] = await client.stream(method, text(7, ""), 1);
    client.close();
    for (const name of ours) expect(answer?.toString("latin1")).toContain(name);
  });

  test("gives the file of a symbol, so that a tool can make calls", async () => {
    await using scene = await createScene();
    await using daemon = await startDaemon(scene);
    const client = dial(daemon.address);
    const method = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const [answer] = await client.stream(method, text(4, "fairlead.executor.v1.ProcessService"), 1);
    client.close();
    const file = answer?.toString("latin1") ?? "";
    for (const part of ["StartRequest", "AttachResponse", "process_id"]) expect(file).toContain(part);
  });

  test("refuses a message that is none, and goes on", async () => {
    await using scene = await createScene();
    await using daemon = await startDaemon(scene);
    const client = dial(daemon.address);
    const method = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const asked = client.stream(method, Buffer.from([0xff, 0xff]), 1);
    await expect(asked).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await client.stream(method, text(7, ""), 1)).toHaveLength(1);
    client.close();
  });
});
