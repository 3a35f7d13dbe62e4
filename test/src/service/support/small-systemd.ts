import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import type { Scene } from "../../failures/support/scene.js";

/** A program `systemctl` that does what the real one would with our unit, and writes down what it was asked. */
export interface SmallSystemd {
  /** Where the unit belongs. */
  readonly unit: string;
  /** The environment of commands that are to find it; what the scene's is, and a user's home. */
  readonly env: Readonly<Record<string, string>>;
  /** What it was asked since the last call, without `--user`; questions for facts left out. */
  calls(): Promise<readonly string[]>;
  /** Lets the command of this name fail from now on, or only the next time, with these words. A restart ends what runs first. */
  break(verb: string, words: string, times?: "once"): Promise<void>;
}

/** Everything that a user's systemd does for one unit, as far as `install`, `uninstall` and `status` can tell. */
const script = `#!/bin/sh
here=$(dirname "$0")/systemd
unit=$XDG_CONFIG_HOME/systemd/user/fairlead-executor.service
wants=$XDG_CONFIG_HOME/systemd/user/default.target.wants
shift
echo "$@" >> "$here/calls"
pid=$(cat "$here/pid" 2>/dev/null)
runs() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
end() {
  runs || return 0
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}
if [ -f "$here/broken-$1" ]; then
  cat "$here/broken-$1" >&2
  [ "$1" = restart ] && end
  if [ -f "$here/once-$1" ]; then rm "$here/once-$1" "$here/broken-$1"; fi
  exit 1
fi
begin() {
  eval "set -- $(sed -n 's/^ExecStart=//p' "$unit")"
  setsid "$@" >/dev/null 2>"$here/log" </dev/null &
  echo $! > "$here/pid"
}
case "$1" in
show)
  [ "$2" = --property=Version ] && { echo Version=252; exit 0; }
  [ -f "$unit" ] || { echo LoadState=not-found; exit 0; }
  if runs; then echo "LoadState=loaded
ActiveState=active
Result=success
MainPID=$pid"
  elif [ -n "$pid" ]; then echo "LoadState=loaded
ActiveState=failed
Result=exit-code
MainPID=0"
  else echo "LoadState=loaded
ActiveState=inactive
Result=success
MainPID=0"
  fi ;;
start) runs || begin ;;
restart) end; begin ;;
enable) mkdir -p "$wants"; ln -sf "$unit" "$wants/" ;;
disable) end; rm -f "$here/pid"; rm -rf "$wants" ;;
esac
`;

/** Makes it for a scene, whose end is its own end too. */
export async function makeSmallSystemd(scene: Scene): Promise<SmallSystemd> {
  const bin = scene.folder.file("bin");
  const file = (name: string): string => `${bin}/systemd/${name}`;
  await mkdir(file(""), { recursive: true });
  await writeFile(`${bin}/systemctl`, script);
  await chmod(`${bin}/systemctl`, 0o755);
  const config = scene.folder.file("user/.config");
  return {
    unit: `${config}/systemd/user/fairlead-executor.service`,
    env: { ...scene.env, PATH: `${bin}:${scene.env["PATH"] ?? ""}`, XDG_CONFIG_HOME: config },
    async calls() {
      const text = await readFile(file("calls"), "utf8").catch(() => "");
      await writeFile(file("calls"), "");
      return text.split("\n").filter((line) => line !== "" && !line.startsWith("show "));
    },
    async break(verb, words, times) {
      if (times === "once") await writeFile(file(`once-${verb}`), "");
      await writeFile(file(`broken-${verb}`), `${words}\n`);
    },
  };
}
