import { fixtureServerPath } from "@fairlead/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allFaces, directFace, type OpenFace, openFace, singleFaces } from "./support/faces.js";

const server = { command: process.execPath, args: [fixtureServerPath] };
const scenarios = [
  "image_only",
  "text_then_image",
  "image_then_text",
  "text_only",
  "multiple_valid_images",
  "invalid_base64_then_image",
  "invalid_image_bytes_then_image",
];

describe("pictures and texts", () => {
  let direct: OpenFace;
  const opened: OpenFace[] = [];
  beforeAll(async () => {
    direct = await openFace(directFace, { server });
    for (const way of allFaces) opened.push(await openFace(way, { server }));
  });
  afterAll(async () => {
    await Promise.all([direct, ...opened].map((open) => open?.[Symbol.asyncDispose]()));
  });

  /** The result of a scenario, as the text that came. */
  async function contentOf({ peer, face }: OpenFace, scenario: string): Promise<string> {
    const name = face.endpoint === "merged" ? "srv__image_scenario" : "image_scenario";
    const answer = await peer.request("tools/call", { name, arguments: { scenario } });
    const text = peer.textOf(answer);
    return text.slice(text.indexOf(`"result":`));
  }

  test.each(scenarios)("of %s are the same bytes over every face", async (scenario) => {
    const expected = await contentOf(direct, scenario);
    expect(expected).toContain(`"content":[{"type":`);
    for (const open of opened) expect(await contentOf(open, scenario), open.face.title).toBe(expected);
  });

  test("were compared over more than one face", () => {
    expect(opened).toHaveLength(allFaces.length);
    expect(allFaces.length).toBeGreaterThan(singleFaces.length);
  });
});
