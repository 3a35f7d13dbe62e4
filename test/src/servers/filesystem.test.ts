import { mkdir, readdir, readFile, stat, symlink, utimes } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { createTempFolder, type TempFolder, waitUntil } from "@fairlead/testkit";
import { type CallToolResult, ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDisposeStack } from "./support/dispose-stack.js";
import { rewriteTexts } from "./support/mask.js";
import { filesystemServer } from "./support/real-servers.js";
import { type WayName, wayNames } from "./support/three-ways.js";
import { openV1Ways, type V1Ways } from "./support/v1-ways.js";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
  "base64",
);
const longAgo = new Date("2020-01-02T03:04:05Z");

const stack = createDisposeStack();
/** Every way has a folder of its own, with the same in it: the tools write. */
const folders = new Map<WayName, TempFolder>();
let ways: V1Ways;

beforeAll(async () => {
  for (const way of wayNames) folders.set(way, stack.use(await createSample()));
  ways = stack.use(await openV1Ways({ server: (way) => filesystemServer(folderOf(way).path) }));
});
afterAll(async () => stack[Symbol.asyncDispose]());

function folderOf(way: WayName): TempFolder {
  const folder = folders.get(way);
  if (folder === undefined) throw new Error(`no folder for ${way}`);
  return folder;
}

async function createSample(): Promise<TempFolder> {
  const folder = await createTempFolder("fl-f-");
  await folder.write("notes.txt", "one\ntwo\nthree\nfour\n");
  await folder.write("sub/ä file.txt", "umlaut\n");
  await folder.write("sub/deep/data.json", '{"a": 1}\n');
  await folder.write("picture.png", png);
  await folder.write("sound.wav", Buffer.from("RIFF"));
  await folder.write("bytes.bin", Buffer.from([0, 255, 254, 13, 10]));
  await mkdir(folder.file("empty"));
  await symlink("/etc/hostname", folder.file("outside"));
  for (const name of ["notes.txt", "sub/ä file.txt", "picture.png"]) {
    await utimes(folder.file(name), longAgo, longAgo);
  }
  return folder;
}

/** `$` in arguments stands for the folder of the way; in answers the folder is written `$` again. */
async function call(tool: string, args: Record<string, unknown>): Promise<CallToolResult> {
  return ways.sameAnswer(
    async ({ client, exposed, way }) => {
      const real = rewriteTexts(args, (text) => text.replaceAll("$", () => folderOf(way).path));
      return (await client.callTool({ name: exposed(tool), arguments: real })) as CallToolResult;
    },
    // The folders differ, and so do the times at which their files were made and read.
    (answer, way) =>
      rewriteTexts(answer, (text) =>
        text.replaceAll(folderOf(way.way).path, "$").replaceAll(/(?<=(?:created|accessed): ).*/g, "TIME"),
      ),
  );
}

async function textOf(tool: string, args: Record<string, unknown>): Promise<string> {
  const { content, isError } = await call(tool, args);
  const [block] = content;
  expect({ isError, content }).toEqual({ isError: undefined, content });
  return block?.type === "text" ? block.text : "";
}

/** Looks at the same file in the folder of every way. */
async function onDisk<T>(look: (folder: TempFolder) => Promise<T>): Promise<T[]> {
  return Promise.all(wayNames.map((way) => look(folderOf(way))));
}

describe("reading", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["read_file", { path: "$/notes.txt" }, "one\ntwo\nthree\nfour\n"],
    ["read_text_file", { path: "$/sub/ä file.txt" }, "umlaut\n"],
    ["read_text_file", { path: "$/notes.txt", head: 2 }, "one\ntwo"],
    ["read_text_file", { path: "$/notes.txt", tail: 2 }, "four\n"],
    ["read_multiple_files", { paths: ["$/notes.txt", "$/none"] }, "$/notes.txt:\none\ntwo"],
    ["list_directory", { path: "$/sub" }, "[DIR] deep\n[FILE] ä file.txt"],
    ["list_directory_with_sizes", { path: "$/sub", sortBy: "size" }, "Total: 1 files, 1 directories"],
    ["directory_tree", { path: "$/sub" }, '"name": "data.json"'],
    ["directory_tree", { path: "$", excludePatterns: ["sub"] }, '"name": "empty"'],
    ["search_files", { path: "$", pattern: "**/*.json" }, "$/sub/deep/data.json"],
    ["search_files", { path: "$", pattern: "*.none" }, "No matches found"],
    ["get_file_info", { path: "$/notes.txt" }, "size: 19"],
    ["list_allowed_directories", {}, "Allowed directories:\n$"],
  ])("%s %j", async (tool, args, expected) => {
    expect(await textOf(tool, args)).toContain(expected);
  });

  test.each([
    ["picture.png", "image", "image/png"],
    ["sound.wav", "audio", "audio/wav"],
    ["bytes.bin", "resource", "application/octet-stream"],
  ])("read_media_file gives the bytes of %s", async (file, type, mimeType) => {
    const { content } = await ways.sameAnswer(
      async ({ client, exposed, way }) => {
        const path = folderOf(way).file(file);
        return (await client.callTool({
          name: exposed("read_media_file"),
          arguments: { path },
        })) as CallToolResult;
      },
      // A file's URI holds its folder.
      (answer, way) => rewriteTexts(answer, (text) => text.replaceAll(folderOf(way.way).path, "$")),
    );
    const [block] = content;
    expect(block?.type).toBe(type);
    expect(JSON.stringify(block)).toContain(`"mimeType":"${mimeType}"`);
    const [expected] = await onDisk((folder) => readFile(folder.file(file), "base64"));
    expect(JSON.stringify(block)).toContain(`"${expected}"`);
  });
});

describe("writing shows on disk", () => {
  test("write_file", async () => {
    const content = 'a\r\nb\u2028\n🜁 "quoted" \\ end, no newline';
    expect(await textOf("write_file", { path: "$/new ö.txt", content })).toContain("Successfully wrote");
    expect(await onDisk((folder) => readFile(folder.file("new ö.txt"), "utf8"))).toEqual([
      content,
      content,
      content,
    ]);
  });

  test("write_file, 4 MiB", async () => {
    const content = "0123456789abcdef".repeat(256 * 1024);
    await textOf("write_file", { path: "$/large.txt", content });
    expect(await onDisk(async (folder) => (await stat(folder.file("large.txt"))).size)).toEqual([
      content.length,
      content.length,
      content.length,
    ]);
    expect(await textOf("read_text_file", { path: "$/large.txt" })).toBe(content);
  });

  test("edit_file, previewed and done", async () => {
    const edits = [{ oldText: "two", newText: "zwei" }];
    const preview = await textOf("edit_file", { path: "$/notes.txt", edits, dryRun: true });
    expect(preview).toContain("-two\n+zwei");
    const before = "one\ntwo\nthree\nfour\n";
    expect(await onDisk((folder) => readFile(folder.file("notes.txt"), "utf8"))).toEqual([
      before,
      before,
      before,
    ]);
    expect(await textOf("edit_file", { path: "$/notes.txt", edits })).toBe(preview);
    const after = "one\nzwei\nthree\nfour\n";
    expect(await onDisk((folder) => readFile(folder.file("notes.txt"), "utf8"))).toEqual([
      after,
      after,
      after,
    ]);
  });

  test("create_directory", async () => {
    await textOf("create_directory", { path: "$/made/by/us" });
    expect(await onDisk(async (folder) => (await stat(folder.file("made/by/us"))).isDirectory())).toEqual([
      true,
      true,
      true,
    ]);
  });

  test("move_file", async () => {
    await textOf("move_file", { source: "$/sub/deep/data.json", destination: "$/empty/moved.json" });
    const names = ["moved.json"];
    expect(await onDisk((folder) => readdir(folder.file("empty")))).toEqual([names, names, names]);
    expect(await onDisk((folder) => readdir(folder.file("sub/deep")))).toEqual([[], [], []]);
  });
});

describe("what the server refuses is told in the same words", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["read_text_file", { path: "/etc/passwd" }, "Access denied"],
    ["read_text_file", { path: "$/outside" }, "Access denied"],
    ["read_text_file", { path: "$/none.txt" }, "ENOENT"],
    ["read_text_file", { path: "$/notes.txt", head: 1, tail: 1 }, "Cannot specify both"],
    ["edit_file", { path: "$/picture.png", edits: [{ oldText: "absent", newText: "" }] }, "Could not find"],
    ["move_file", { source: "$/none", destination: "$/other" }, "ENOENT"],
    ["write_file", { path: "$/a.txt" }, "content"],
  ])("%s %j", async (tool, args, expected) => {
    const { isError, content } = await call(tool, args);
    expect(isError).toBe(true);
    expect(JSON.stringify(content)).toContain(expected);
  });
});

test("the list of tools is the same but for the names, and every tool of it is tried here", async () => {
  const source = await readFile(new URL(import.meta.url), "utf8");
  const names = await ways.sameAnswer(async ({ client, raw }) => {
    const { tools } = await client.listTools();
    return tools.map((tool) => ({ ...tool, name: raw(tool.name) }));
  });
  expect(names.length).toBeGreaterThanOrEqual(14);
  for (const { name } of names) expect(source).toContain(`"${name}"`);
});

test("the client's roots become the folders that the server may use", async () => {
  await using root = await createTempFolder();
  await root.write("in-root.txt", "seen");
  let uri = pathToFileURL(root.path).href;
  await using rooted = await openV1Ways({
    server: (way) => filesystemServer(folderOf(way).path),
    clientOptions: () => ({ capabilities: { roots: { listChanged: true } } }),
    prepare: (client) => client.setRequestHandler(ListRootsRequestSchema, async () => ({ roots: [{ uri }] })),
  });
  const allowed = (folder: string): Promise<boolean> =>
    rooted.sameAnswer(({ client, exposed }) =>
      // The server asks for the roots in its own time.
      waitUntil(
        async () => {
          const answer = await client.callTool({ name: exposed("list_allowed_directories") });
          return JSON.stringify(answer).includes(`Allowed directories:\\n${folder}"`);
        },
        { withinMs: 3_000, what: `The permission for ${folder}` },
      ),
    );
  await allowed(root.path);
  uri = pathToFileURL(folderOf("direct").path).href;
  await Promise.all(rooted.all.map(({ client }) => client.sendRootsListChanged()));
  expect(await allowed(folderOf("direct").path)).toBe(true);
});
