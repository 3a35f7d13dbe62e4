import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const head = `# Third-party notices

Fairlead's programs and its library contain the packages below, as they were published. Packages that are installed beside
Fairlead carry their own notices.
`;

/**
 * Writes down the licence of every package that went into the bundle.
 * @param {readonly string[]} modules the files that went into it
 * @returns {string} Markdown
 * @throws where a package has no file with its licence
 */
export function thirdPartyNotices(modules) {
  const folders = new Set(modules.flatMap((module) => packageFolder(module.replaceAll("\\", "/")) ?? []));
  const packages = [...folders].map(readPackage).toSorted((a, b) => (a.title < b.title ? -1 : 1));
  const sections = packages.map(
    ({ title, licence, text }) =>
      `\n## ${title}\n\nLicence: ${licence}\n\n\`\`\`text\n${text.trim()}\n\`\`\`\n`,
  );
  return head + sections.join("");
}

/** Undefined for files of ours, which come from no `node_modules`. */
function packageFolder(module) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.[0];
}

function readPackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.\w+)?$/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no file with its licence`);
  return {
    title: `${name} ${version}`,
    licence: license,
    text: readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n"),
  };
}
