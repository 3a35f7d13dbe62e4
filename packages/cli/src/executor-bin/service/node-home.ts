/** Folders in which version managers of Node keep one version each. */
const managers: readonly (readonly [name: string, folder: RegExp])[] = [
  ["nvm", /[\\/]\.?nvm[\\/]/i],
  ["fnm", /[\\/]\.?fnm(?:_multishells)?[\\/]/i],
  ["Volta", /[\\/]\.?volta[\\/]/i],
  ["asdf", /[\\/]\.asdf[\\/]/],
  ["mise", /[\\/]mise[\\/]installs[\\/]/],
  ["nodenv", /[\\/]\.nodenv[\\/]/],
  ["n", /[\\/]n[\\/]versions[\\/]node[\\/]/],
];

/** The version manager that a runtime belongs to, and will one day remove it; undefined if it is none that we know. */
export function versionManagerOf(execPath: string): string | undefined {
  return managers.find(([, folder]) => folder.test(execPath))?.[0];
}
