import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectNothingLeft } from "../failures/support/expect-failure.js";
import { faults, healthyToml } from "./faults.js";
import { type FaultSite, startFaultSite } from "./support/fault-site.js";
import { bashComplaint, pasteIntoBash, unknownFlags } from "./support/paste.js";
import { runDoctor, type ToldCheck, type ToldDiagnosis, unwell } from "./support/run-doctor.js";

let site: FaultSite;
let told: ToldDiagnosis;
beforeAll(async () => {
  site = await startFaultSite();
  const planted = await Promise.all(faults.map(async ({ toml }) => toml(site)));
  const store = 'oauth_credentials_store = "file"';
  await site.scene.configure([store, ...planted, healthyToml(site)].join("\n"));
  told = await runDoctor(site.scene, [], { env: { ONLY_HERE: "set" } });
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

/** Servers that are only there so that their executor is needed have `on-` before its name. */
function about(id: string): readonly ToldCheck[] {
  const names = new Set([id, `on-${id}`]);
  return told.checks.filter(({ server, executor }) =>
    server === undefined ? executor === id : names.has(server),
  );
}

describe.each(faults)("$id: $planted", (fault) => {
  const { id, check, status = "failed", tells, remedy } = fault;

  test("is found at its link, with what to type", () => {
    const found = about(id).find((result) => result.id === check);
    expect(found, unwell(about(id)).join("\n")).toMatchObject({ status });
    const text = [found?.summary, found?.details["message"], found?.details["oddities"]].join("\n");
    expect(text).toMatch(tells);
    expect(found?.remediation).toMatch(remedy);
    const isThere = found?.server !== undefined && found.executor !== "local";
    expect(found?.machine).toBe(fault.machine ?? (isThere ? found.executor : "host"));
  });

  test("is the only link that is called broken; what needs it is not possible", () => {
    const broken = about(id).filter((result) => result.status === "failed" || result.status === "warning");
    expect(
      broken.map((result) => result.id),
      unwell(about(id)).join("\n"),
    ).toEqual([check]);
    const because = about(id).flatMap(({ status: own, details }) =>
      own === "skipped" ? [details["because"]] : [],
    );
    expect(because.filter((key) => !String(key).endsWith(check))).toEqual([]);
  });
});

test("what is healthy beside them is called healthy, every link of it", () => {
  for (const name of ["well-far", "well-here", "well-encrypted", "well-http", "well-http-far"]) {
    const own = told.checks.filter(({ server }) => server === name);
    expect(own.length).toBeGreaterThan(5);
    expect(unwell(own)).toEqual([]);
  }
  for (const name of ["far", "encrypted", "local"]) {
    expect(
      unwell(told.checks.filter(({ server, executor }) => server === undefined && executor === name)),
    ).toEqual([]);
  }
});

test("each fault has an id of its own, and there are many", () => {
  expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
  expect(faults.length).toBeGreaterThanOrEqual(25);
});

test("the exit code is that of the first broken link, and no process is left", async () => {
  const first = told.checks.find(({ status }) => status === "failed");
  expect(told.ok).toBe(false);
  expect(first?.code).toBe("unavailable");
  expect(told.result).toMatchObject({ code: 4, stderr: "" });
  const { far, guarded, encrypted, expired, skewed } = site;
  await expectNothingLeft(
    site.scene,
    [far, guarded, encrypted, expired, skewed].map(({ pid }) => pid),
  );
});

test("what is to be pasted is what bash takes and the commands have, and puts no placeholder anywhere", async () => {
  const remedies = [...new Set(told.checks.flatMap(({ remediation }) => remediation ?? []))];
  expect(remedies.length).toBeGreaterThan(20);
  for (const remedy of remedies) {
    expect(await bashComplaint(remedy), remedy).toBe("");
    const { result, ran } = await pasteIntoBash(site.scene, remedy);
    expect(result.stderr, remedy).not.toMatch(/command not found|unbound variable/);
    const own = ran.filter(([program = ""]) => program.startsWith("fairlead"));
    for (const argv of own) expect(await unknownFlags(site.scene, argv), argv.join(" ")).toEqual([]);
    expect(ran.flat().filter((word) => /^(?:HOST|FILE|VALUE|NAME)\b|\.\.\./.test(word))).toEqual([]);
  }
});

test("a named server is looked at alone, and is well", async () => {
  const { result, checks, ok } = await runDoctor(site.scene, ["well-far"]);
  // The configuration has faults, and terminals are optional.
  expect(unwell(checks.filter(({ id }) => id !== "config" && id !== "terminal"))).toEqual([]);
  expect({ ok, code: result.code }).toEqual({ ok: true, code: 0 });
  expect(new Set(checks.map(({ server }) => server))).toEqual(new Set([undefined, "well-far"]));
  expect(checks.find(({ id }) => id === "server-program")).toMatchObject({ machine: "far" });
});

test("a server that nobody configured is told as every command does", async () => {
  const { code, stdout, stderr } = await site.scene.fairlead(["doctor", "nobody", "--json"]);
  expect({ code, stdout }).toEqual({ code: 5, stdout: "" });
  expect(JSON.parse(stderr)).toMatchObject({ error: { details: { reason: "server_unknown" } } });
});

test("for people it fits into 80 columns, but for what is to be pasted", async () => {
  const { stdout, stderr } = await site.scene.fairlead(["doctor"], { env: { ONLY_HERE: "set" } });
  expect(stderr).toBe("");
  const pasted = new Set(
    told.checks.flatMap(({ remediation }) => (remediation ?? "").split("\n").map((line) => `      ${line}`)),
  );
  // A long word, a path for example, is not cut.
  const isCuttable = (line: string): boolean => line.split(" ").every((word) => word.length < 40);
  const wide = stdout.split("\n").filter((line) => line.length > 80 && !pasted.has(line) && isCuttable(line));
  expect(wide).toEqual([]);
  expect(stdout).toMatch(/^server well-far, on far\n {2}ok {3}server-config +stdio, on far$/m);
  expect(stdout).toMatch(/^ {2}FAIL executor-port /m);
  expect(stdout).toMatch(/^\d+ ok, \d+ warnings, \d+ failed, \d+ not possible$/m);
});
