import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { maskRandom } from "./support/mask.js";
import { everythingServer } from "./support/real-servers.js";
import { openV1Ways, type V1Ways } from "./support/v1-ways.js";

let ways: V1Ways;
beforeAll(async () => {
  ways = await openV1Ways({ server: () => everythingServer() });
});
afterAll(async () => ways[Symbol.asyncDispose]());

describe("prompts", () => {
  const cases: readonly (readonly [prompt: string, args: Record<string, string>])[] = [
    ["simple-prompt", {}],
    ["args-prompt", { city: "Zürich" }],
    ["args-prompt", { city: "Paris", state: "Texas" }],
    ["completable-prompt", { department: "Engineering", name: "Alice" }],
    ["resource-prompt", { resourceType: "Text", resourceId: "2" }],
    ["resource-prompt", { resourceType: "Blob", resourceId: "3" }],
  ];

  test.each(cases)("%s %j gives the same messages", async (prompt, args) => {
    const { messages } = await ways.sameAnswer(
      ({ client, exposed }) => client.getPrompt({ name: exposed(prompt), arguments: args }),
      // An embedded resource tells the time of day at which it was made up.
      maskRandom,
    );
    expect(messages.length).toBeGreaterThan(0);
  });

  test.each<[string, Record<string, string>]>([
    ["args-prompt", {}],
    ["resource-prompt", { resourceType: "Film", resourceId: "1" }],
    ["no-such-prompt", {}],
  ])("%s %j is refused with the server's code and words", async (prompt, args) => {
    const asked = ways.sameAnswer(({ client, exposed }) =>
      client.getPrompt({ name: exposed(prompt), arguments: args }),
    );
    await expect(asked).rejects.toMatchObject({ code: expect.any(Number), message: /./ });
  });

  test("the list is the same but for the names, and has no prompt that is not tried here", async () => {
    const { prompts } = await ways.sameAnswer(
      ({ client }) => client.listPrompts(),
      (list, { raw }) => ({
        ...list,
        prompts: list.prompts.map((each) => ({ ...each, name: raw(each.name) })),
      }),
    );
    const tried = new Set(cases.map(([prompt]) => prompt));
    expect(prompts.map(({ name }) => name).toSorted()).toEqual([...tried].toSorted());
  });
});

describe("resources", () => {
  test("every listed resource has the same contents", async () => {
    const { resources } = await ways.sameAnswer(({ client }) => client.listResources());
    expect(resources.length).toBeGreaterThanOrEqual(7);
    for (const { uri } of resources) {
      const { contents } = await ways.sameAnswer(({ client }) => client.readResource({ uri }));
      expect(contents).toMatchObject([{ uri, mimeType: "text/markdown" }]);
    }
  });

  test.each(["demo://resource/dynamic/text/1", "demo://resource/dynamic/blob/12"])(
    "%s, which only a template promises, is made up the same way",
    async (uri) => {
      // It tells the time of day at which it was made up.
      const read = await ways.sameAnswer(({ client }) => client.readResource({ uri }), maskRandom);
      expect(JSON.stringify(read)).toContain("created at TIME");
    },
  );

  test.each(["demo://resource/dynamic/text/none", "demo://elsewhere", "no uri at all"])(
    "%s is refused with the server's code and words",
    async (uri) => {
      const read = ways.sameAnswer(({ client }) => client.readResource({ uri }));
      await expect(read).rejects.toMatchObject({ code: expect.any(Number) });
    },
  );

  test("the templates are the same", async () => {
    const { resourceTemplates } = await ways.sameAnswer(({ client }) => client.listResourceTemplates());
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      "demo://resource/dynamic/text/{resourceId}",
      "demo://resource/dynamic/blob/{resourceId}",
    ]);
  });
});

describe("completion", () => {
  test.each<
    [prompt: string, argument: string, typed: string, context: Record<string, string>, expected: string[]]
  >([
    ["completable-prompt", "department", "S", {}, ["Sales", "Support"]],
    ["completable-prompt", "name", "", { department: "Marketing" }, ["Grace", "Henry", "Iris"]],
    ["completable-prompt", "name", "Z", { department: "Sales" }, []],
    ["resource-prompt", "resourceType", "B", {}, ["Blob"]],
    ["resource-prompt", "resourceId", "5", {}, ["5"]],
  ])("of %s, %s, %j after %j", async (prompt, name, value, ...[context, expected]) => {
    const { completion } = await ways.sameAnswer(({ client, exposed }) =>
      client.complete({
        ref: { type: "ref/prompt", name: exposed(prompt) },
        argument: { name, value },
        context: { arguments: context },
      }),
    );
    expect(completion.values).toEqual(expected);
  });

  test.each(["demo://resource/dynamic/text/{resourceId}", "demo://resource/dynamic/blob/{resourceId}"])(
    "of the template %s",
    async (uri) => {
      const { completion } = await ways.sameAnswer(({ client }) =>
        client.complete({
          ref: { type: "ref/resource", uri },
          argument: { name: "resourceId", value: "42" },
        }),
      );
      expect(completion.values).toEqual(["42"]);
    },
  );

  test("of a prompt that does not exist is refused with the server's code and words", async () => {
    const asked = ways.sameAnswer(({ client, exposed }) =>
      client.complete({
        ref: { type: "ref/prompt", name: exposed("none") },
        argument: { name: "a", value: "" },
      }),
    );
    await expect(asked).rejects.toMatchObject({ code: -32602 });
  });

  test("of a template that does not exist is refused", async () => {
    for (const { client, way } of ways.all) {
      const ref = { type: "ref/resource", uri: "demo://none/{id}" } as const;
      const asked = client.complete({ ref, argument: { name: "id", value: "" } });
      await expect(asked.catch((error: unknown) => ({ way, error }))).resolves.toMatchObject({
        way,
        error: { code: -32_602 },
      });
    }
  });
});

test("the server sends nothing that the client cannot place", () => {
  for (const { complaints, way } of ways.all) expect({ way, complaints }).toEqual({ way, complaints: [] });
});
