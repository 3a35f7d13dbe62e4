import { configFilePath } from "../layers/read-layers.js";
import { parseToml } from "../toml/parse-toml.js";
import { type EditFileOptions, editFile } from "./edit-file.js";

/** What an edit of the configuration file came to. */
export interface EditedConfig {
  /** The file as it is named in the home folder, which may be a link to the one that was written. */
  readonly file: string;
  /** False if the edit left the text as it was; then nothing was written. */
  readonly changed: boolean;
  /** True where others had access to the file, and now its owner alone has. */
  readonly madePrivate?: true;
}

/**
 * Edits `config.toml` in a home folder, as {@link editFile} does.
 * @param edit makes the new text of the old one, for example with `addServer`; it may be called several times
 * @throws FairleadError `usage`, reason `config_invalid`, if the file is not valid TOML before or after, or cannot be
 * written; `unavailable` if others keep it busy; and whatever `edit` throws
 */
export async function editConfigFile(
  home: string,
  edit: (text: string) => string,
  options: Pick<EditFileOptions, "isPrivate"> = {},
): Promise<EditedConfig> {
  const file = configFilePath(home);
  const checkedEdit = (before: string): string => {
    parseToml(before, file);
    const after = edit(before);
    if (after !== before) parseToml(after, `${file} after the edit`);
    return after;
  };
  return { file, ...(await editFile(file, checkedEdit, options)) };
}
