/**
 * The functions of Windows that know users and access lists. Structures are bytes in the layouts of Windows, which
 * `privacy/access-bytes.ts` reads and writes. A number is an error of Windows, or 0. Nothing here throws.
 */
export interface SecurityCalls {
  /** The TOKEN_USER of this process, and where that buffer lies in memory, for the pointer in it. */
  readOwnUser(): { readonly user: Buffer; readonly address: bigint } | undefined;
  /** The access list of a file or folder within a self-relative SECURITY_DESCRIPTOR. */
  readAccess(path: string): Buffer | number;
  /**
   * Gives a file or folder an access list, and lets it inherit none. What lies in a folder and inherits from it is changed too.
   * @param list an ACL
   */
  writeAccess(path: string, list: Buffer): number;
  /**
   * The same for the file or folder alone, whatever those above it and within have.
   * @param descriptor a self-relative SECURITY_DESCRIPTOR
   */
  replaceAccess(path: string, descriptor: Buffer): boolean;
  /** The drive, or the folder that stands for one, which a path is on. */
  findVolume(path: string): string | undefined;
  /** The FILE_… flags of a drive's file system. @param volume as {@link findVolume} tells it */
  readVolumeFlags(volume: string): number | undefined;
}

const tokenQuery = 0x0008;
const tokenUser = 1;
const seFileObject = 1;
const daclInformation = 0x0000_0004;
/** The list, with PROTECTED_DACL_SECURITY_INFORMATION. */
const protectedList = 0x8000_0004;
/** TOKEN_USER with the longest identifier there is takes less than 100. */
const tokenUserBytes = 256;
/** The longest path, in characters of two bytes. */
const longestPath = 32_768;

type Pointer = number | bigint;

let loading: Promise<SecurityCalls | undefined> | undefined;

/** Loads what calls Windows, once; undefined where it is not installed, and on every other system. */
export function loadSecurityCalls(): Promise<SecurityCalls | undefined> {
  loading ??= load().catch(() => undefined);
  return loading;
}

async function load(): Promise<SecurityCalls | undefined> {
  const hasOurLayouts = process.arch === "x64" || process.arch === "arm64";
  if (process.platform !== "win32" || !hasOurLayouts) return undefined;
  const koffi = await import("koffi");
  const kernel = koffi.load("kernel32.dll");
  const security = koffi.load("advapi32.dll");
  const close: (handle: Pointer) => number = kernel.func("int __stdcall CloseHandle(intptr_t)");
  const free: (memory: Pointer) => Pointer = kernel.func("intptr_t __stdcall LocalFree(intptr_t)");
  const copy: (to: Buffer, from: Pointer, sizeBytes: number) => void = kernel.func(
    "void __stdcall RtlMoveMemory(void *, intptr_t, size_t)",
  );
  const volumeOf: (path: string, volume: Buffer, length: number) => number = kernel.func(
    "int __stdcall GetVolumePathNameW(str16, void *, uint32_t)",
  );
  type VolumeArguments = readonly [string, null, 0, null, null, flags: Buffer, null, 0];
  const describeVolume: (...args: VolumeArguments) => number = kernel.func(
    "int __stdcall GetVolumeInformationW(str16, void *, uint32_t, void *, void *, void *, void *, uint32_t)",
  );
  const openToken: (process: Pointer, access: number, token: Buffer) => number = security.func(
    "int __stdcall OpenProcessToken(intptr_t, uint32_t, void *)",
  );
  type TokenArguments = readonly [Pointer, kind: number, Buffer, sizeBytes: number, needed: Buffer];
  const readToken: (...args: TokenArguments) => number = security.func(
    "int __stdcall GetTokenInformation(intptr_t, int, void *, uint32_t, void *)",
  );
  type ReadArguments = readonly [string, kind: number, what: number, null, null, null, null, Buffer];
  const readSecurity: (...args: ReadArguments) => number = security.func(
    "uint32_t __stdcall GetNamedSecurityInfoW(str16, int, uint32_t, void *, void *, void *, void *, void *)",
  );
  const lengthOf: (descriptor: Pointer) => number = security.func(
    "uint32_t __stdcall GetSecurityDescriptorLength(intptr_t)",
  );
  type WriteArguments = readonly [string, kind: number, what: number, null, null, list: Buffer, null];
  const writeSecurity: (...args: WriteArguments) => number = security.func(
    "uint32_t __stdcall SetNamedSecurityInfoW(str16, int, uint32_t, void *, void *, void *, void *)",
  );
  const setSecurity: (path: string, what: number, descriptor: Buffer) => number = security.func(
    "int __stdcall SetFileSecurityW(str16, uint32_t, void *)",
  );
  return {
    readOwnUser: () => {
      const token = Buffer.alloc(8);
      if (openToken(-1, tokenQuery, token) === 0) return undefined;
      const handle = token.readBigInt64LE();
      const user = Buffer.alloc(tokenUserBytes);
      const isRead = readToken(handle, tokenUser, user, user.length, Buffer.alloc(4)) !== 0;
      close(handle);
      return isRead ? { user, address: koffi.address(user) } : undefined;
    },
    readAccess: (path) => {
      const found = Buffer.alloc(8);
      const error = readSecurity(path, seFileObject, daclInformation, null, null, null, null, found);
      if (error !== 0) return error;
      const descriptor = found.readBigInt64LE();
      const bytes = Buffer.alloc(lengthOf(descriptor));
      copy(bytes, descriptor, bytes.length);
      free(descriptor);
      return bytes;
    },
    writeAccess: (path, list) => writeSecurity(path, seFileObject, protectedList, null, null, list, null),
    replaceAccess: (path, descriptor) => setSecurity(path, protectedList, descriptor) !== 0,
    findVolume: (path) => {
      const volume = Buffer.alloc(longestPath * 2);
      if (volumeOf(path, volume, longestPath) === 0) return undefined;
      const text = volume.toString("utf16le");
      return text.slice(0, text.indexOf("\0"));
    },
    readVolumeFlags: (volume) => {
      const flags = Buffer.alloc(4);
      return describeVolume(volume, null, 0, null, null, flags, null, 0) === 0
        ? undefined
        : flags.readUInt32LE();
    },
  };
}
