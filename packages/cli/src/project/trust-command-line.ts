/** What to type to trust the files of a project. */
export function trustCommandLine(folder: string): string {
  const word = /^[\w@%+=:,./\\~-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
  return `fairlead trust ${word}`;
}
