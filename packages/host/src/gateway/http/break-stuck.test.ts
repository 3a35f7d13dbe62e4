import { expect, test } from "vitest";
import { breakWhenStuck } from "./break-stuck.js";
import { createPacedWriter } from "./paced-writer.js";
import { until } from "./test-support/open-face.js";
import { serveOne } from "./test-support/serve-one.js";

test("the timer of the socket, which starts anew with every piece that is handed over, is what tells of a stand-still", async () => {
  await using served = await serveOne();
  const { response, socket, answer } = served;
  breakWhenStuck(response, 60_000);
  expect(socket.timeout).toBe(180_000);

  // Nothing waits: whoever is silent on such a connection is well.
  socket.emit("timeout");
  expect(response.destroyed).toBe(false);

  response.writeHead(200);
  const paced = createPacedWriter(response);
  let isTaken = false;
  paced.write(Buffer.alloc(20_000_000), () => {
    isTaken = true;
  });
  (await answer).resume();
  await until(() => isTaken);
  socket.emit("timeout");
  expect(response.destroyed).toBe(false);
});

test("what waits when it stands still is dropped with its connection", async () => {
  await using served = await serveOne();
  breakWhenStuck(served.response, 60_000);
  served.response.writeHead(200);
  createPacedWriter(served.response).write(Buffer.alloc(20_000_000));
  await served.answer;
  served.socket.emit("timeout");
  expect(served.response.destroyed).toBe(true);
});
