/** What Windows would give to a new program of this user. */
export interface UserEnvironment {
  /** By its names as they are spelled. */
  readonly values: Readonly<Record<string, string>>;
  /** The user's own Path as it is kept, with its variables unexpanded; undefined where there is none. */
  readonly userPath: string | undefined;
}

/** Asks Windows; undefined where it does not tell. */
export type ReadUserEnvironment = () => UserEnvironment | undefined;

/** HKEY_CURRENT_USER, as the pointer that it is. */
const currentUser = -0x7fff_ffff;
/** Texts, and those with variables in them as they are. */
const textsUnexpanded = 0x1000_0006;

const tokenQuery = 0x0008;
const tokenDuplicate = 0x0002;
/** More than Windows takes; it guards against reading on where no end is. */
const longestVariable = 65_536;

let loading: Promise<ReadUserEnvironment | undefined> | undefined;

/**
 * Loads what asks Windows for the environment of a new program, once; undefined where it is not installed, and on every other
 * system. The answer is undefined where Windows refuses it.
 */
export function loadUserEnvironment(): Promise<ReadUserEnvironment | undefined> {
  loading ??= load().catch(() => undefined);
  return loading;
}

type Pointer = number | bigint;

async function load(): Promise<ReadUserEnvironment | undefined> {
  const hasOurLayouts = process.arch === "x64" || process.arch === "arm64";
  if (process.platform !== "win32" || !hasOurLayouts) return undefined;
  const koffi = await import("koffi");
  const kernel = koffi.load("kernel32.dll");
  const profiles = koffi.load("userenv.dll");
  const security = koffi.load("advapi32.dll");
  const openToken: (process: Pointer, access: number, token: Buffer) => number = security.func(
    "int __stdcall OpenProcessToken(intptr_t, uint32_t, void *)",
  );
  const close: (handle: Pointer) => number = kernel.func("int __stdcall CloseHandle(intptr_t)");
  const lengthOf: (text: Pointer) => number = kernel.func("int __stdcall lstrlenW(intptr_t)");
  const copy: (to: Buffer, from: Pointer, sizeBytes: number) => void = kernel.func(
    "void __stdcall RtlMoveMemory(void *, intptr_t, size_t)",
  );
  const create: (block: Buffer, token: Pointer, inherit: 0) => number = profiles.func(
    "int __stdcall CreateEnvironmentBlock(void *, intptr_t, int)",
  );
  const destroy: (block: Pointer) => number = profiles.func(
    "int __stdcall DestroyEnvironmentBlock(intptr_t)",
  );
  type ValueArguments = readonly [Pointer, key: string, name: string, kinds: number, null, Buffer, Buffer];
  const readValue: (...args: ValueArguments) => number = security.func(
    "int32_t __stdcall RegGetValueW(intptr_t, str16, str16, uint32_t, void *, void *, void *)",
  );
  const readUserPath = (): string | undefined => {
    const text = Buffer.alloc(longestVariable);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(text.length);
    if (readValue(currentUser, "Environment", "Path", textsUnexpanded, null, text, size) !== 0)
      return undefined;
    return text.toString("utf16le", 0, size.readUInt32LE()).replace(/\0+$/, "");
  };
  return () => {
    const token = Buffer.alloc(8);
    if (openToken(-1, tokenQuery + tokenDuplicate, token) === 0) return undefined;
    const handle = token.readBigInt64LE();
    const found = Buffer.alloc(8);
    const isMade = create(found, handle, 0) !== 0;
    close(handle);
    if (!isMade) return undefined;
    const block = found.readBigInt64LE();
    const lines: string[] = [];
    for (let at = block; ; ) {
      const length = Math.min(lengthOf(at), longestVariable);
      if (length <= 0) break;
      const text = Buffer.alloc(length * 2);
      copy(text, at, text.length);
      lines.push(text.toString("utf16le"));
      at += BigInt((length + 1) * 2);
    }
    destroy(block);
    return { values: splitLines(lines), userPath: readUserPath() };
  };
}

/** Takes `NAME=value` apart; a name may begin with `=`, as those of the current folders of drives do. */
export function splitLines(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const at = line.indexOf("=", 1);
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}
