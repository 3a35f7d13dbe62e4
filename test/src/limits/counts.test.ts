import { type FairleadError, isFairleadError } from "@fairlead/core";
import { expect, test } from "vitest";
import { launch, startBystander, startLimited } from "./support/limited-executor.js";

const refused = { code: "resource_exhausted", reason: "limit_reached", effect: "none" } as const;

async function failureOf(promise: Promise<unknown>): Promise<FairleadError> {
  const thrown: unknown = await promise.then(
    () => new Error("It went through"),
    (error: unknown) => error,
  );
  if (isFairleadError(thrown)) return thrown;
  throw thrown;
}

test("a session takes as many processes as its limit says, and one more when one has ended", async () => {
  await using limited = await startLimited({ processesPerSession: 3 });
  const bystander = await startBystander(limited);
  await using session = await limited.open();
  const processes = [
    await launch(session, limited),
    await launch(session, limited),
    await launch(session, limited),
  ];
  const failure = await failureOf(launch(session, limited));
  expect(failure).toMatchObject(refused);
  expect(failure.message).toMatch(/3 processes.*[Ss]top/);
  // Nobody else, and nothing that ran before, has noticed.
  await bystander.echo("still here");
  await using other = await limited.open();
  await launch(other, limited);
  expect((await session.describe()).processes).toBe(5);

  await processes[1]?.stop();
  const again = await launch(session, limited);
  expect(again.pid).toBeGreaterThan(0);
  expect(await failureOf(launch(session, limited))).toMatchObject(refused);
  expect(await processes[0]?.readTree()).toHaveLength(1);
});

test("one that ended by itself counts no more, stopped or not", async () => {
  await using limited = await startLimited({ processesPerSession: 1 });
  await using session = await limited.open();
  for (let time = 0; time < 3; time += 1) {
    const process = await launch(session, limited, "exit 7");
    expect(await process.closed).toMatchObject({ code: 7 });
  }
  await launch(session, limited);
  expect(await failureOf(launch(session, limited))).toMatchObject(refused);
});

test("a session starts as many as it likes of those that end by themselves and leave nothing", async () => {
  await using limited = await startLimited({ processesPerSession: 1 });
  await using session = await limited.open();
  const processes: Awaited<ReturnType<typeof launch>>[] = [];
  for (let time = 0; time < 10; time += 1) {
    const process = await launch(session, limited, "exit 7");
    expect(await process.closed).toMatchObject({ code: 7 });
    processes.push(process);
  }
  // Also of one that was forgotten: there is nothing left to end.
  for (const process of processes) {
    expect(await process.readTree()).toEqual([]);
    expect(await process.stop()).toMatchObject({ ended: [], forced: [], survived: [] });
  }
});

test("those that left something running take the places of others until they are stopped", async () => {
  await using limited = await startLimited({ processesPerSession: 1 });
  await using session = await limited.open();
  const processes: Awaited<ReturnType<typeof launch>>[] = [];
  for (let time = 0; time < 4; time += 1) {
    const process = await launch(session, limited, "sleep 600 >&- 2>&- &");
    await process.closed;
    processes.push(process);
  }
  const failure = await failureOf(launch(session, limited, "exit 0"));
  expect(failure).toMatchObject({ ...refused, details: { limit: "4" } });
  expect(failure.message).toMatch(/keeps 4 processes, most of which have ended.*Stop some/);
  expect(await processes[0]?.stop({ stdinGraceMs: 0 })).toMatchObject({ ended: [{ name: "sleep" }] });
  await launch(session, limited, "exit 0");
});

test("starts at the same time are counted before they have a process", async () => {
  await using limited = await startLimited({ processesPerSession: 4 });
  await using session = await limited.open();
  const started = await Promise.allSettled(Array.from({ length: 12 }, () => launch(session, limited)));
  const failures = started.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(started.length - failures.length).toBe(4);
  for (const failure of failures) expect(failure).toMatchObject(refused);
  // A start that was refused for another reason gives its place back.
  await using other = await limited.open();
  const missing = { program: "/no/such/program", args: [] };
  for (let time = 0; time < 6; time += 1) {
    await expect(other.launcher.launch(missing, { onOutput: () => {} })).rejects.toMatchObject({
      reason: "program_not_found",
    });
  }
  await Promise.all(Array.from({ length: 4 }, () => launch(other, limited)));
});

test("the executor takes as many processes as its own limit says, whosever they are", async () => {
  await using limited = await startLimited({ processesPerSession: 3, processesPerExecutor: 4 });
  const bystander = await startBystander(limited);
  const [one, other] = [await limited.open(), await limited.open()];
  await launch(one, limited);
  await launch(one, limited);
  const last = await launch(other, limited);
  const failure = await failureOf(launch(other, limited));
  expect(failure).toMatchObject(refused);
  expect(failure.message).toMatch(/executor runs 4 processes/);
  await bystander.echo("still here");
  expect(await last.readTree()).toHaveLength(1);
  await one.close();
  await launch(other, limited);
  await launch(other, limited);
  expect(await failureOf(launch(other, limited))).toMatchObject(refused);
});

test("the executor takes as many sessions as its limit says, and one more when one was closed", async () => {
  await using limited = await startLimited({ sessionsPerExecutor: 3 });
  const bystander = await startBystander(limited);
  const [one, other] = [await limited.open(), await limited.open()];
  const failure = await failureOf(limited.open());
  expect(failure).toMatchObject({ ...refused, details: { executor: "far" } });
  expect(failure.message).toMatch(/Executor far: This executor has 3 sessions/);
  await bystander.echo("still here");
  expect((await other.describe()).sessions).toBe(3);
  await one.close();
  await using third = await limited.open();
  await launch(third, limited);
  expect(await failureOf(limited.open())).toMatchObject(refused);
  await other.close();
});
