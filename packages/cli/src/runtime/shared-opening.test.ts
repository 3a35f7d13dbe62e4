import { createDeferred, untilAborted } from "@fairlead/core";
import { expect, test } from "vitest";
import { type SharedOpening, shareOpening } from "./shared-opening.js";

function opening(): {
  readonly shared: SharedOpening<string>;
  readonly finish: (value: string) => void;
  readonly givenUp: () => number;
} {
  const door = createDeferred<string>();
  let givenUp = 0;
  const shared = shareOpening((signal) => untilAborted(door.promise, signal, "Opening the door"), {
    what: "The door",
    onGivenUp: () => (givenUp += 1),
  });
  shared.opened.catch(() => {});
  return { shared, finish: (value) => door.resolve(value), givenUp: () => givenUp };
}

test("whoever waits for what is being opened loses nothing when the first who asked gives up", async () => {
  const { shared, finish, givenUp } = opening();
  const first = new AbortController();
  const gaveUp = shared.join(first.signal);
  const waiting = shared.join(new AbortController().signal);
  first.abort();
  await expect(gaveUp).rejects.toMatchObject({ code: "canceled" });
  finish("open");
  expect(await waiting).toBe("open");
  expect(givenUp()).toBe(0);
});

test("what nobody waits for any more is given up, and opened anew by whoever comes later", async () => {
  const { shared, givenUp } = opening();
  const [one, two] = [new AbortController(), new AbortController()];
  const waits = [shared.join(one.signal), shared.join(two.signal)].map((wait) =>
    wait.catch(() => "given up"),
  );
  one.abort();
  expect(await waits[0]).toBe("given up");
  expect(givenUp()).toBe(0);
  two.abort();
  await expect(shared.opened).rejects.toMatchObject({ code: "canceled" });
  expect([await waits[1], givenUp()]).toEqual(["given up", 1]);
});

test("what is open stays open, whoever gives up afterwards", async () => {
  const { shared, finish, givenUp } = opening();
  const abort = new AbortController();
  const waiting = shared.join(abort.signal);
  finish("open");
  expect(await waiting).toBe("open");
  abort.abort();
  expect([await shared.opened, givenUp()]).toEqual(["open", 0]);
});
