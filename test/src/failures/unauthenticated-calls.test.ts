import { Metadata, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExecutorDaemon, startDaemon } from "./support/executor-daemon.js";
import { createRawExecutor, detailOf, type RawExecutor, unary } from "./support/raw-executor.js";
import { createScene, type Scene, secrets } from "./support/scene.js";

let scene: Scene;
let daemon: ExecutorDaemon;
let raw: RawExecutor;
beforeAll(async () => {
  scene = await createScene();
  daemon = await startDaemon(scene, { listen: "127.0.0.1:0" });
  raw = createRawExecutor(daemon.address);
});
afterAll(async () => {
  raw[Symbol.dispose]();
  await daemon[Symbol.asyncDispose]();
  await scene[Symbol.asyncDispose]();
});

const session = { "fairlead-session": "s_1", "fairlead-epoch": "1" };
const wrongs: readonly (readonly [name: string, headers: Record<string, string>])[] = [
  ["no token", {}],
  ["a wrong token", { authorization: `Bearer ${secrets.token}` }],
  ["another scheme", { authorization: `Basic ${secrets.token}` }],
  ["an empty token", { authorization: "Bearer " }],
];

const calls: readonly (readonly [name: string, call: (metadata: Metadata) => Promise<unknown>])[] = [
  ["OpenSession", (metadata) => unary((done) => raw.session.openSession({}, metadata, done))],
  ["CloseSession", (metadata) => unary((done) => raw.session.closeSession({}, metadata, done))],
  ["Start", (metadata) => unary((done) => raw.process.start({}, metadata, done))],
  ["Signal", (metadata) => unary((done) => raw.process.signal({}, metadata, done))],
  ["Stop", (metadata) => unary((done) => raw.process.stop({}, metadata, done))],
  ["List", (metadata) => unary((done) => raw.process.list({}, metadata, done))],
  ["Describe", (metadata) => unary((done) => raw.machine.describe({}, metadata, done))],
  ["Lease", (metadata) => streamEnd(raw.session.lease(metadata))],
  ["Attach", (metadata) => streamEnd(raw.process.attach(metadata))],
];

function streamEnd(call: NodeJS.EventEmitter & { resume(): unknown }): Promise<void> {
  return new Promise((resolve, reject) => {
    call.on("error", reject).on("end", resolve);
    call.resume();
  });
}

function metadataOf(headers: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

describe.each(calls)("%s", (_, call) => {
  test.each(wrongs)("is refused with %s", async (__, headers) => {
    const failure: unknown = await call(metadataOf({ ...session, ...headers })).then(
      () => new Error("The call went through"),
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: status.UNAUTHENTICATED });
    const detail = detailOf(failure);
    expect(detail).toMatchObject({ code: "unauthenticated", reason: "bad_token", effect: "none" });
    expect(detail.message).not.toContain(secrets.token);
    expect(detail.message).not.toContain(daemon.token);
  });

  test("is refused to web pages, whatever token they have", async () => {
    const metadata = metadataOf({
      ...session,
      authorization: `Bearer ${daemon.token}`,
      origin: "https://evil.example",
    });
    const failure: unknown = await call(metadata).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: status.PERMISSION_DENIED });
    expect(detailOf(failure)).toMatchObject({ code: "forbidden", effect: "none" });
  });
});

test("the right token opens it, and the daemon has nothing to complain about", async () => {
  const metadata = metadataOf({ authorization: `bearer ${daemon.token}` });
  const described = await unary<{ sessions: number }>((done) => raw.machine.describe({}, metadata, done));
  expect(described).toMatchObject({ sessions: 0, processes: 0 });
  expect(daemon.stderr()).toBe("");
});
