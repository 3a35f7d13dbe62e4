import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createScene, type Scene } from "../failures/support/scene.js";

interface Block {
  readonly type: string;
  readonly data?: string;
}

const png = /^image\/png, \d+ B$/;
const badBlock = "fairlead: content block 0 (image, image/png) cannot be used: ";

/** What is printed for each scenario, and which blocks are saved. */
const scenarios = [
  { scenario: "image_only", lines: [png], saved: [0] },
  { scenario: "text_then_image", lines: [/^A caption$/, png], saved: [1] },
  { scenario: "image_then_text", lines: [png, /^A caption$/], saved: [0] },
  { scenario: "text_only", lines: [/^A caption$/], saved: [] },
  { scenario: "multiple_valid_images", lines: [png, png], saved: [0, 1] },
  { scenario: "invalid_base64_then_image", lines: [png], saved: [1], bad: "its data is not base64" },
  { scenario: "invalid_image_bytes_then_image", lines: [png], saved: [1], bad: "its data is no image/png" },
];

describe("fairlead call", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene();
    await scene.configure(scene.server("s"));
  });
  afterAll(async () => scene[Symbol.asyncDispose]());

  const call = (scenario: string, ...flags: readonly string[]) =>
    scene.fairlead(["call", "s", "image_scenario", JSON.stringify({ scenario }), ...flags]);

  test.each(scenarios)(
    "shows every picture of $scenario that can be read",
    async ({ scenario, lines, bad }) => {
      const { code, stdout, stderr } = await call(scenario);
      const shown = stdout.trimEnd().split("\n");
      expect(code).toBe(0);
      expect(shown).toHaveLength(lines.length);
      for (const [index, line] of lines.entries()) expect(shown[index]).toMatch(line);
      expect(stderr).toBe(bad === undefined ? "" : `${badBlock}${bad}\n`);
    },
  );

  // Each call is a whole process: those in which it matters which blocks are pictures.
  const mixed = scenarios.filter(
    ({ saved, lines }) => saved.length !== 1 || saved[0] !== 0 || lines.length > 1,
  );
  test.each(mixed)("saves the very bytes of $scenario", async ({ scenario, saved, bad }) => {
    const folder = scene.folder.file(`saved/${scenario}`);
    const { code, stdout, stderr } = await call(scenario, "--output-dir", folder, "--json");
    const { content } = JSON.parse(stdout) as { content: readonly Block[] };
    expect(code).toBe(0);
    expect(await readdir(folder).catch(() => [])).toEqual(saved.map((index) => `${index}.png`));
    for (const index of saved) {
      const bytes = await readFile(`${folder}/${index}.png`);
      expect(bytes.toString("base64")).toBe(content[index]?.data);
      expect(stderr).toContain(`fairlead: ${folder}/${index}.png\n`);
    }
    expect(stderr.includes(`${badBlock}${bad}\n`)).toBe(bad !== undefined);
  });

  test("says where it saved something, and replaces no file", async () => {
    const folder = scene.folder.file("twice");
    await call("image_only", "--output-dir", folder);
    const { stdout } = await call("image_only", "--output-dir", folder);
    expect(stdout).toMatch(/^image\/png, \d+ B, saved as .*\/twice\/0-2\.png\n$/);
    expect((await readdir(folder)).toSorted()).toEqual(["0-2.png", "0.png"]);
  });

  test("tells a folder that cannot be written, with what the tool answered before", async () => {
    const file = await scene.folder.write("a-file", "");
    const { code, stdout, stderr } = await call("text_then_image", "--output-dir", `${file}/below`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "A caption\n" });
    expect(stderr).toContain("Content block 1 cannot be saved");
  });

  test("calls nothing where the folder is a file", async () => {
    const file = await scene.folder.write("no-folder", "");
    const { code, stdout, stderr } = await call("text_then_image", "--output-dir", file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(`fairlead: --output-dir ${file} is a file, not a folder; nothing was called\n`);
  });
});
