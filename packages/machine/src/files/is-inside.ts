import { foldWindowsCase, type PathConvention } from "@fairlead/core";

/**
 * Tells whether a path is a folder or lies below it. Both must be absolute and real: without links, `.`, `..` and
 * separators at their ends.
 */
export function isInside(folder: string, path: string, convention: PathConvention): boolean {
  if (convention === "windows") {
    const below = folder.endsWith("\\") ? folder : `${folder}\\`;
    return foldWindowsCase(`${path}\\`).startsWith(foldWindowsCase(below));
  }
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
