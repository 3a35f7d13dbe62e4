import type { ShellName } from "./shells.js";

/**
 * The script that teaches a shell to complete `fairlead`. It asks the program at every key, so that it never has to be made
 * anew: what there is to complete is always what that version has.
 */
export function completionScript(shell: ShellName): string {
  return scripts[shell];
}

const bash = `# Completion of fairlead for bash, made by: fairlead completion bash
_fairlead() {
  local line program=\${COMP_WORDS[0]}
  type "$program" >/dev/null 2>&1 || program=fairlead
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) type compopt >/dev/null 2>&1 && compopt -o default ;;
      :folders) type compopt >/dev/null 2>&1 && compopt -o dirnames ;;
      :open) type compopt >/dev/null 2>&1 && compopt -o nospace ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <("$program" __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _fairlead fairlead
`;

const zsh = `#compdef fairlead
# Completion of fairlead for zsh, made by: fairlead completion zsh
_fairlead() {
  local line also program=$words[1]
  local -a found blank
  (( $+commands[$program] )) || [[ -x $program ]] || program=fairlead
  while IFS= read -r line; do
    case $line in
      :files) also=_files ;;
      :folders) also='_files -/' ;;
      :open) blank=(-S '') ;;
      *) found+=("$line") ;;
    esac
  done < <("$program" __complete zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && _describe -V fairlead found "\${blank[@]}"
  [[ -n $also ]] && eval "$also"
  (( \${#found} )) || [[ -n $also ]]
}
if [[ \${funcstack[1]-} == _fairlead ]]; then _fairlead "$@"; else compdef _fairlead fairlead; fi
`;

const fish = `# Completion of fairlead for fish, made by: fairlead completion fish
function __fairlead_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete fish $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path $current
            case :folders
                __fish_complete_directories $current ''
            case :open
            case '*'
                echo $line
        end
    end
end
complete -c fairlead -f -a '(__fairlead_complete)'
`;

const powershell = `# Completion of fairlead for PowerShell, made by: fairlead completion powershell
Register-ArgumentCompleter -Native -CommandName fairlead -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $elements = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -le $cursorPosition })
    $words = @($elements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    if ($wordToComplete -ne '' -and $words.Count -gt 0) { $words = @($words | Select-Object -SkipLast 1) }
    $program = $commandAst.CommandElements[0].Extent.Text
    & $program __complete powershell @words "=$wordToComplete" 2>$null | ForEach-Object {
        if (-not $_.StartsWith(':')) {
            $value, $text = $_ -split "\`t", 2
            if (-not $text) { $text = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
        }
    }
}
`;

const scripts: Readonly<Record<ShellName, string>> = { bash, zsh, fish, powershell };
