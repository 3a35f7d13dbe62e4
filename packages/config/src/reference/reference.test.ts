import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseToml } from "../toml/parse-toml.js";
import { validateConfig } from "../validate/validate-config.js";
import { configJsonSchema } from "./config-json-schema.js";
import { withConfigReference } from "./config-reference.js";

const root = new URL("../../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("docs/config.schema.json is what the definition says; pnpm schema:write renews it", () => {
  expect(JSON.parse(read("docs/config.schema.json"))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test("docs/configuration.md has every key as the definition has it; pnpm schema:write renews it", () => {
  const page = read("docs/configuration.md");
  expect(page).toBe(withConfigReference(page));
});

const pages = [
  "README.md",
  ...readdirSync(new URL("docs", root)).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
  ...readdirSync(new URL("packages", root)).map((name) => `packages/${name}/README.md`),
];

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
