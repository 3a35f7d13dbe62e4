import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { parseToml } from "../toml/parse-toml.js";
import { validateConfig } from "../validate/validate-config.js";
import { configJsonSchema } from "./config-json-schema.js";
import { withConfigReference } from "./config-reference.js";

const root = new URL("../../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("docs/config.schema.json is what the definition says; npm run schema:write renews it", () => {
  expect(JSON.parse(read("docs/config.schema.json"))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test("docs/configuration.md has every key as the definition has it; npm run schema:write renews it", () => {
  const page = read("docs/configuration.md");
  expect(page).toBe(withConfigReference(page));
});

const pages = [
  "README.md",
  ...readdirSync(new URL("docs", root)).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
  ...readdirSync(new URL("packages", root)).map((name) => `packages/${name}/README.md`),
];

describe("the JSON Schema", () => {
  // Read back by somebody who knows nothing of the definition that it was made from.
  const schema = z.fromJSONSchema(
    JSON.parse(JSON.stringify(configJsonSchema())) as z.core.JSONSchema.JSONSchema,
  );
  const accepts = (toml: string): boolean => schema.safeParse(parseToml(toml, "test")).success;

  test.each(pages)("takes every example of %s", (page) => {
    for (const [, text = ""] of read(page).matchAll(/^```toml\n(.*?)^```$/gms)) {
      expect(schema.safeParse(parseToml(text, page)).error).toBeUndefined();
    }
  });

  test.each([
    ["max_nam = 30", false],
    ["max_name = 30", true],
    ["max_name = 30.5", false],
    ['[mcp_servers.a]\ncommand = "x"\ncwd = "C:\\\\x"', true],
    ['[mcp_servers.a]\ncomand = "x"', false],
    ["[mcp_servers.a]\nenabled = false", false],
    ["[profiles.p.mcp_servers.a]\nenabled = false", true],
    ["[profiles.p.mcp_servers.a]\nenabld = false", false],
    ["[profiles.p]\nmax_name = 30", true],
    ["[profiles.p.profiles.q]", false],
    ["[features]\ndevbox = true", true],
    ["[features]\ndevbx = true", false],
    ['[mcp_servers.devbox]\ncommand = "x"', false],
  ])("says of %j: %s", (toml, isRight) => {
    expect(accepts(toml)).toBe(isRight);
  });
});

test.each(pages)("%s names no key that there is not", (page) => {
  for (const [, text = ""] of read(page).matchAll(/^```toml\n(.*?)^```$/gms)) {
    const source = { file: page, kind: "toml", lineOf: () => undefined } as const;
    const document = parseToml(text, page);
    const profiles = Object.values((document["profiles"] ?? {}) as Record<string, unknown>);
    for (const content of [document, ...profiles]) {
      const { unknownKeys } = validateConfig(content, () => source);
      expect(unknownKeys.map(({ message, place }) => `${place.join(".")} ${message}`)).toEqual([]);
    }
  }
});
