/** `serin completion bash|zsh|fish` */
import { exits } from "../exit.ts";
import { verb } from "./verb.ts";

const bash = `# serin: completion for bash. Load it with: source <(serin completion bash)
_serin() {
  local current=\${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _serin serin
`;

const zsh = `#compdef serin
# serin: completion for zsh. Load it with: source <(serin completion zsh)
_serin() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    if [[ $line == *$'\\t'* ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${line//:/\\\\:}")
    fi
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -V serin found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _serin "$@"; else compdef _serin serin; fi
`;

const fish = `# serin: completion for fish. Load it with: serin completion fish | source
function __serin_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
  if contains -- :files $found
    __fish_complete_path "$current"
  else
    printf '%s\\n' $found
  end
end
complete -c serin -f -a '(__serin_complete)'
`;

const scripts = { bash, zsh, fish } as const;

export const completion = verb({
  name: "completion",
  group: "Server",
  summary: "a script that lets the Tab key finish commands, flags and rollout names",
  examples: [
    "source <(serin completion bash)",
    "source <(serin completion zsh)",
    "serin completion fish > ~/.config/fish/completions/serin.fish",
  ],
  args: [{ name: "SHELL", about: "bash, zsh or fish", choices: Object.keys(scripts) }],
  async run({ shell }, [name]) {
    shell.stdout.write(scripts[name as keyof typeof scripts]);
    return exits.ok;
  },
});
