/** The scripts that teach a shell to complete `git-gatos …` and `git gatos …`. They hold no lists: `__complete` has the answers. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion for git-gatos and, together with git's own completion, for \`git gatos\`.
# Load it with: eval "$(git gatos completion bash)"

# Sets COMPREPLY from the lines on standard input; $1 is the word being completed.
__git_gatos_reply () {
	local cur=$1 value rest also=":nothing" prefix="" character
	# Readline replaces only what follows the last break character of the word.
	for character in = :; do
		case "$COMP_WORDBREAKS" in *"$character"*)
			case "$cur" in *"$character"*)
				value=\${cur%"$character"*}$character
				[ \${#value} -gt \${#prefix} ] && prefix=$value
			esac
		esac
	done
	COMPREPLY=()
	while IFS=$'\\t' read -r value rest; do
		case "$value" in
		:*) also=$value ;;
		*)
			value=\${value#"$prefix"}
			# Names come from the repository: what the shell would act on is quoted.
			printf -v value '%q ' "$value"
			COMPREPLY+=("$value")
			;;
		esac
	done
	[ \${#COMPREPLY[@]} -gt 0 ] && { compopt -o nospace 2>/dev/null; return; }
	case "$also" in
	:files) compopt -o filenames -o default +o nospace 2>/dev/null ;;
	:directories)
		compopt -o filenames +o nospace 2>/dev/null
		while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -d -- "\${cur#"$prefix"}")
		;;
	*) compopt +o default +o bashdefault 2>/dev/null ;;
	esac
}

# \`git gatos …\`: called by git's completion, which has set words, cword and cur.
_git_gatos () {
	local start=\${__git_cmd_idx:-1}
	while [ "$start" -lt "$cword" ] && [ "\${words[start]}" != gatos ]; do start=$((start + 1)); done
	local -a args=("\${words[@]:start + 1:cword - start}")
	__git_gatos_reply "$cur" < <(__git gatos __complete -- "\${args[@]}" 2>/dev/null)
}

# \`git-gatos …\`: bash splits words at = and :, which are put together again.
__git_gatos_main () {
	local line=\${COMP_LINE:0:COMP_POINT} rest word i
	local -a args=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=\${COMP_WORDS[i]}
		rest=\${line#"\${line%%[![:blank:]]*}"}
		[ "$i" -eq "$COMP_CWORD" ] && word=$rest
		if [ "$i" -gt 1 ] && [ "$rest" = "$line" ] && [ -n "$word" ]; then
			args[\${#args[@]}-1]+=$word
		elif [ "$i" -gt 0 ]; then
			args+=("$word")
		fi
		line=\${rest#"$word"}
	done
	__git_gatos_reply "\${args[\${#args[@]}-1]}" < <(git-gatos __complete -- "\${args[@]}" 2>/dev/null)
}

complete -o bashdefault -o default -o nospace -F __git_gatos_main git-gatos
`;

const ZSH = `#compdef git-gatos
#description signed events, deterministic state and proofs
# zsh completion for git-gatos and, through zsh's _git, for \`git gatos\`.
# Save it as _git-gatos in a directory of $fpath, or load it after compinit with: eval "$(git gatos completion zsh)"

_git-gatos () {
  local line value summary also=:nothing
  local -a described
  for line in "\${(@f)$(git-gatos __complete -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      (:*) also=$line ;;
      (*)
        value=\${line%%$'\\t'*}
        summary=\${line#*$'\\t'}
        [[ $summary == $line ]] && summary=
        described+=("\${value//:/\\\\:}\${summary:+:$summary}")
        ;;
    esac
  done
  if (( $#described )); then
    _describe -t git-gatos 'git gatos' described
    return
  fi
  case $also in
    (:files) _files ;;
    (:directories) _files -/ ;;
    (*) return 1 ;;
  esac
}

if [[ $funcstack[1] == _git-gatos ]]; then
  _git-gatos "$@"
else
  compdef _git-gatos git-gatos
  () {
    local -a listed
    zstyle -g listed ':completion:*:*:git:*' user-commands
    (( \${listed[(I)gatos:*]} )) || zstyle ':completion:*:*:git:*' user-commands $listed gatos:'signed events, deterministic state and proofs'
  }
fi
`;

const FISH = `# fish completion for git-gatos and, together with fish's own completion of git, for \`git gatos\`.
# Save it as ~/.config/fish/conf.d/git-gatos.fish, or load it with: git gatos completion fish | source

function __git_gatos_complete
    set -l words (commandline -opc)
    set -l first $words[1]
    set -e words[1]
    if test (string replace -r '.*/' '' -- "$first") = git
        while set -q words[1]; and test "$words[1]" != gatos
            set -e words[1]
        end
        set -e words[1]
    end
    set -l current (commandline -ct)
    for line in (git-gatos __complete -- $words "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :directories
                __fish_complete_directories "$current"
            case ':*'
            case '*'
                echo $line
        end
    end
end

complete -c git-gatos -f -a '(__git_gatos_complete)'
complete -c git -f -n '__fish_git_using_command gatos' -a '(__git_gatos_complete)'
complete -c git -f -n __fish_git_needs_command -a gatos -d 'signed events, deterministic state and proofs'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
