import { expect, test } from "vitest";
import { connect } from "../link/support/connected.js";
import { launchReader } from "../link/support/launch-reader.js";

// A process that was told a narrow window kept it for ever once the bulk connection had failed for another process.
test("output goes on where the bulk connection is refused, for whoever asked and for everybody else", async () => {
  await using connected = await connect({});
  const { session, proxy } = connected;
  const script = "read -r line; head -c 300000 /dev/zero";
  const one = await launchReader(session, ["sh", "-c", script]);
  const other = await launchReader(session, ["sh", "-c", script]);
  proxy?.admit("refuse");
  await one.process.write(Buffer.from("go\n"));
  expect(await one.process.closed).toMatchObject({ code: 0 });
  expect(one.receivedBytes).toBe(300_000);
  await other.process.write(Buffer.from("go\n"));
  expect(await other.process.closed).toMatchObject({ code: 0 });
  expect(other.receivedBytes).toBe(300_000);
  expect(session.state).toEqual({ state: "connected", epoch: 1 });
});

test("input goes on where the bulk connection is refused", async () => {
  await using connected = await connect({});
  const { session, proxy } = connected;
  const child = await launchReader(session, ["wc", "-c"]);
  proxy?.admit("refuse");
  await child.process.write(Buffer.alloc(1_000_000));
  await child.process.closeStdin();
  await child.process.closed;
  expect(child.text.trim()).toBe("1000000");
});
