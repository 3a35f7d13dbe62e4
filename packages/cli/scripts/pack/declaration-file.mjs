/** What compilers write: each statement of a file begins at the start of a line, and nothing else does. */
const statementStart = /^(?:export\b|import\b|declare\b|interface\b|type\b)/;
const imported = /^import (type )?(?:(\{[^}]*\})|\* as (\w+)) from ["']([^"']+)["'];$/;
const reexported = /^export (type )?(\{[^}]*\}) from ["']([^"']+)["'];$/;
const declared =
  /^(?:export )?(?:declare )?(?:abstract )?(?:async )?(?:function|class|interface|type|const|let|var|enum) (\w+)/;

/**
 * @typedef {object} Import
 * @property {string} from the module's name
 * @property {string | undefined} name what it is called there; undefined for a whole module
 * @property {boolean} isType
 */

/**
 * @typedef {object} DeclarationFile
 * @property {Map<string, string[]>} declarations the text of each one, its comment above it; several are overloads
 * @property {Map<string, Import>} imports by the name that they have here
 * @property {Map<string, Import>} reexports by the name that they have outside
 */

/**
 * Takes a declaration file apart that the compiler has written.
 * @param {string} text
 * @param {string} path for messages
 * @returns {DeclarationFile}
 */
export function parseDeclarationFile(text, path) {
  const file = { declarations: new Map(), imports: new Map(), reexports: new Map() };
  for (const { comment, code } of statementsOf(text)) {
    const name = declared.exec(code)?.[1];
    const [, importsTypes, importedNames, wholeModule, importedFrom] = imported.exec(code) ?? [];
    const [, exportsTypes, exportedNames, exportedFrom] = reexported.exec(code) ?? [];
    if (importedFrom !== undefined) {
      const isType = importsTypes !== undefined;
      if (wholeModule !== undefined) file.imports.set(wholeModule, { from: importedFrom, isType });
      for (const one of namesIn(importedNames ?? "{}")) {
        file.imports.set(one.alias, { from: importedFrom, name: one.name, isType: isType || one.isType });
      }
    } else if (exportedFrom !== undefined) {
      const isType = exportsTypes !== undefined;
      for (const one of namesIn(exportedNames)) {
        file.reexports.set(one.alias, { from: exportedFrom, name: one.name, isType: isType || one.isType });
      }
    } else if (name !== undefined) {
      if (/\bimport\(["'][.@]/.test(code)) throw new Error(`${path}: ${name} imports inside of a type`);
      file.declarations.set(name, [...(file.declarations.get(name) ?? []), `${comment}${code}`]);
    } else if (code !== "export {};") throw new Error(`${path}: what is this? ${code}`);
  }
  return file;
}

/**
 * The names that a declaration may refer to: every word of it that is not in a comment.
 * @param {string} declaration
 * @returns {Set<string>}
 */
export function wordsOf(declaration) {
  return new Set(declaration.replace(/\/\*[\s\S]*?\*\//g, "").match(/[A-Za-z_$][\w$]*/g) ?? []);
}

/**
 * The statements of a file, each with the comment that stands before it. One that stands before another line is inside of a
 * statement: those of a union's members begin at the start of a line too.
 */
function statementsOf(text) {
  const statements = [];
  let comment = "";
  let isInComment = false;
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("//")) continue;
    if (isInComment || line.startsWith("/**")) {
      comment += `${line}\n`;
      isInComment = !line.endsWith("*/");
      continue;
    }
    const last = statements.at(-1);
    if (statementStart.test(line)) statements.push({ comment, code: line });
    else if (last !== undefined) last.code += `\n${comment}${line}`;
    else throw new Error(`a file begins with ${line}`);
    comment = "";
  }
  return statements;
}

/** `{ type A, B as C }` one by one. */
function namesIn(list) {
  const texts = list
    .slice(1, -1)
    .split(",")
    .map((text) => text.trim());
  return texts
    .filter((text) => text !== "")
    .map((text) => {
      const [name, alias = name] = text.replace(/^type /, "").split(" as ");
      return { name, alias, isType: text.startsWith("type ") };
    });
}
