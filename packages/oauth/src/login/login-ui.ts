/** How a login talks to its person. */
export interface LoginUi {
  /** Shows the address that a browser has to open. Silent: only because none could be opened. */
  showUrl(url: string, how: { readonly isSilent: boolean }): void;
  /** Opens a browser; false, or a rejection: it could not. */
  openBrowser(url: string): Promise<boolean>;
  /** Lines that somebody pastes or types; undefined: nobody can. Let go of when the login is over. */
  readonly pasted: AsyncIterable<string> | undefined;
  /** Shows a sentence. */
  tell(text: string): void;
}

/** What the login has to know about the place where its person sits. */
export interface LoginPlace {
  /** Whether a browser can show itself here. @default true */
  readonly hasDisplay?: boolean | undefined;
  /** Whether the person came here by ssh, so that `ssh -L` brings their browser back. @default false */
  readonly isSsh?: boolean | undefined;
  /** How the person's machine calls this one, for the hint. @default "user@this-machine" */
  readonly sshTarget?: string | undefined;
}
