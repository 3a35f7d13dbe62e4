import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { executorTable, startDaemon } from "../failures/support/executor-daemon.js";
import { expectFailure } from "../failures/support/expect-failure.js";
import { createScene, type Scene } from "../failures/support/scene.js";

/** What a machine passes on without being asked, apart from what every test machine needs as it is. */
const passedOn = ["LOGNAME", "SHELL", "USER", "LANG", "LC_ALL", "TERM", "TZ"] as const;
const network = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] as const;
const folders = ["XDG_CONFIG_HOME", "XDG_DATA_HOME"] as const;
const certificates = [
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
] as const;
const loaders = ["LD_PLANTED", "DYLD_PLANTED"] as const;
const ours = ["FAIRLEAD_TOKEN", "FAIRLEAD_BOX_TOKEN"] as const;
const others = ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PWD", "EDITOR", "SSH_AUTH_SOCK"] as const;

/** A value of each, which tells the machine that it is from. */
function planted(machine: string): Record<string, string> {
  const named = [...passedOn, ...network, ...folders, ...loaders, ...ours, ...others].map(
    (name) => [name, `/${machine}/${name}`] as const,
  );
  const relative = certificates.map((name) => [name, `${machine}.pem`] as const);
  return Object.fromEntries([
    ...named,
    ...relative,
    ["COPIED", machine],
    ["BOTH", machine],
    ["TAKEN", machine],
  ]);
}

/** The environment that a server was started with. It writes that down and ends, which no server may. */
async function environmentOf(scene: Scene, server: string, env: Record<string, string>): Promise<unknown> {
  const tested = await scene.fairlead(["test", server], { env });
  expect(tested.code, tested.stderr).toBe(4);
  return JSON.parse(await readFile(scene.folder.file(`${server}.json`), "utf8")) as unknown;
}

function writer(scene: Scene, server: string, keys: readonly string[]): string {
  const path = JSON.stringify(scene.folder.file(`${server}.json`));
  const script = `require("node:fs").writeFileSync(${path}, JSON.stringify(process.env))`;
  return [
    `[mcp_servers.${server}]`,
    `command = ${JSON.stringify(process.execPath)}`,
    `args = ["-e", ${JSON.stringify(script)}]`,
    ...keys,
    "",
  ].join("\n");
}

test.skipIf(process.platform === "win32")(
  "a server is given what the table of sources says, here and on an executor",
  async () => {
    await using scene = await createScene();
    const args = ["--search-path", "own"];
    const boxPath = `${scene.env["PATH"] ?? ""}:/box/bin`;
    const box = { ...planted("box"), HOME: "/box/home", TMPDIR: "/box/tmp", PATH: boxPath };
    await using daemon = await startDaemon(scene, { args, env: box });
    const everywhere = ['env = { BOTH = "written", DYLD_PLANTED = "written" }'];
    const there = [
      'executor = "box"',
      'cwd = "/"',
      'env_vars = ["COPIED", "BOTH", { name = "TAKEN", source = "executor" }]',
    ];
    await scene.configure(
      [
        executorTable("box", daemon),
        writer(scene, "here", [
          ...everywhere,
          'env_vars = ["COPIED", "BOTH", "LD_PLANTED", "FAIRLEAD_TOKEN"]',
        ]),
        writer(scene, "there", [...everywhere, ...there]),
      ].join("\n"),
    );
    const host = planted("host");
    const own = (machine: string) => ({
      ...Object.fromEntries(
        [...passedOn, ...network, ...folders].map((name) => [name, `/${machine}/${name}`]),
      ),
      // Relative ones would be looked for in the folder of the server.
      ...Object.fromEntries(certificates.map((name) => [name, scene.folder.file(`${machine}.pem`)])),
      BOTH: "written",
      DYLD_PLANTED: "written",
      COPIED: "host",
      FAIRLEAD_TREE: expect.any(String) as string,
    });
    expect(await environmentOf(scene, "here", host)).toEqual({
      ...own("host"),
      HOME: scene.env["HOME"],
      TMPDIR: scene.env["TMPDIR"],
      PATH: scene.env["PATH"],
      LD_PLANTED: "/host/LD_PLANTED",
    });
    expect(await environmentOf(scene, "there", host)).toEqual({
      ...own("box"),
      HOME: "/box/home",
      TMPDIR: "/box/tmp",
      PATH: boxPath,
      TAKEN: "box",
    });
  },
);

test.each([
  [
    "here",
    ["local"],
    '{ name = "TAKEN", source = "executor" }',
    'source "executor" needs a server on another',
  ],
  ["there", ["box"], '"PATH"', 'PATH of this machine means nothing on "box"'],
  ["there", ["box"], '"HOME"', 'HOME of this machine means nothing on "box"'],
] as const)(
  "a server %s (%j) that names %s is an error of the configuration",
  async (name, [executor], variable, told) => {
    await using scene = await createScene();
    await scene.configure(
      [
        '[executors.box]\nurl = "unix:///nowhere.sock"\n',
        writer(scene, name, [`executor = "${executor}"`, `env_vars = [${variable}]`]),
      ].join("\n"),
    );
    await expectFailure(scene, ["test", name], {
      exit: 2,
      code: "usage",
      reason: "config_invalid",
      tells: [`mcp_servers.${name}.env_vars`, told],
    });
  },
);
