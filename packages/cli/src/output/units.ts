const kibibyte = 1024;
const byteUnits = ["KiB", "MiB", "GiB", "TiB"] as const;

/** Memory or a size for people, in at most 8 characters: `12 KiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < kibibyte) return `${bytes} B`;
  let value = bytes / kibibyte;
  let step = 0;
  // What would be rounded to four digits belongs to the next unit.
  while (Math.round(value) >= kibibyte && step < byteUnits.length - 1) {
    value /= kibibyte;
    step += 1;
  }
  const text = value < 9.95 && step > 0 ? value.toFixed(1) : String(Math.round(value));
  return `${text} ${byteUnits[step] ?? ""}`;
}

/** A time span for people, in at most 7 characters for a hundred years: `7 s`, `12 min`, `36 h`, `90 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** How many of something there are: `1 tool`, `12 tools`. @param noun its plural has just an s more */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
