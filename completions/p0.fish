# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_p0_global_optspecs
    string join \n org= token-file= pass-token json debug q/quiet no-input color= h/help V/version
end

function __fish_p0_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_p0_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_p0_using_subcommand
    set -l cmd (__fish_p0_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c p0 -n "__fish_p0_needs_command" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_needs_command" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_needs_command" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_needs_command" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_needs_command" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_needs_command" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_needs_command" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_needs_command" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_needs_command" -s V -l version -d 'Print version'
complete -c p0 -n "__fish_p0_needs_command" -f -a "login" -d 'Sign in to an organisation'
complete -c p0 -n "__fish_p0_needs_command" -f -a "logout" -d 'Forget the session'
complete -c p0 -n "__fish_p0_needs_command" -f -a "status" -d 'Show who you are, where, and what you hold'
complete -c p0 -n "__fish_p0_needs_command" -f -a "whoami" -d 'Show who you are, where, and what you hold'
complete -c p0 -n "__fish_p0_needs_command" -f -a "org" -d 'Use several organisations side by side'
complete -c p0 -n "__fish_p0_needs_command" -f -a "request" -d 'Ask for access'
complete -c p0 -n "__fish_p0_needs_command" -f -a "grant" -d 'Ask for access for somebody else'
complete -c p0 -n "__fish_p0_needs_command" -f -a "allow" -d 'Approve access in advance'
complete -c p0 -n "__fish_p0_needs_command" -f -a "ls" -d 'List what can be asked for'
complete -c p0 -n "__fish_p0_needs_command" -f -a "requests" -d 'List requests'
complete -c p0 -n "__fish_p0_needs_command" -f -a "show" -d 'Show one request'
complete -c p0 -n "__fish_p0_needs_command" -f -a "wait" -d 'Wait for a request, and then run a tool'
complete -c p0 -n "__fish_p0_needs_command" -f -a "approve" -d 'Approve a request'
complete -c p0 -n "__fish_p0_needs_command" -f -a "deny" -d 'Deny a request'
complete -c p0 -n "__fish_p0_needs_command" -f -a "revoke" -d 'Take access back, as an approver'
complete -c p0 -n "__fish_p0_needs_command" -f -a "relinquish" -d 'Give access back, or withdraw a request that is not decided yet'
complete -c p0 -n "__fish_p0_needs_command" -f -a "extend" -d 'Ask for more time on access that you hold'
complete -c p0 -n "__fish_p0_needs_command" -f -a "ssh" -d 'Open a session on a machine, asking for access if needed'
complete -c p0 -n "__fish_p0_needs_command" -f -a "scp" -d 'Copy files to or from a machine, asking for access if needed'
complete -c p0 -n "__fish_p0_needs_command" -f -a "ssh-config" -d 'Let plain ssh, git, rsync and editors reach your machines'
complete -c p0 -n "__fish_p0_needs_command" -f -a "aws" -d 'Get credentials for AWS'
complete -c p0 -n "__fish_p0_needs_command" -f -a "kubeconfig" -d 'Set up kubectl for a cluster'
complete -c p0 -n "__fish_p0_needs_command" -f -a "dev" -d 'Run a JIT service of your own to try things out'
complete -c p0 -n "__fish_p0_needs_command" -f -a "serve" -d 'Run a JIT service for a team'
complete -c p0 -n "__fish_p0_needs_command" -f -a "secrets" -d 'See and change where tokens are kept'
complete -c p0 -n "__fish_p0_needs_command" -f -a "doctor" -d 'Check this machine\'s set-up, with a fix for each finding'
complete -c p0 -n "__fish_p0_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c p0 -n "__fish_p0_needs_command" -f -a "man" -d 'Print the manual, or write its pages to a directory'
complete -c p0 -n "__fish_p0_using_subcommand login" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand login" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand login" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand login" -l refresh -d 'Renew the session, although there is one'
complete -c p0 -n "__fish_p0_using_subcommand login" -l browser -d 'Sign in with this machine\'s browser'
complete -c p0 -n "__fish_p0_using_subcommand login" -l device -d 'Sign in with another machine\'s browser'
complete -c p0 -n "__fish_p0_using_subcommand login" -l no-browser -d 'Show the page\'s address instead of opening it'
complete -c p0 -n "__fish_p0_using_subcommand login" -l import -d 'Take over the session that another client of the service keeps in ~/.p0'
complete -c p0 -n "__fish_p0_using_subcommand login" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand login" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand login" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand login" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand login" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand logout" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand logout" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand logout" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand logout" -l all -d 'Forget the sessions with every organisation'
complete -c p0 -n "__fish_p0_using_subcommand logout" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand logout" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand logout" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand logout" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand logout" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand status" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand status" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand status" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand status" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand status" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand status" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand status" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand status" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand whoami" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand whoami" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand whoami" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand whoami" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand whoami" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand whoami" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand whoami" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand whoami" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand whoami" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -f -a "ls" -d 'List the organisations that you are signed in to'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -f -a "list" -d 'List the organisations that you are signed in to'
complete -c p0 -n "__fish_p0_using_subcommand org; and not __fish_seen_subcommand_from ls list use" -f -a "use" -d 'Choose the organisation that commands use from now on'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand org; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand request" -l timeout -d 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]' -r
complete -c p0 -n "__fish_p0_using_subcommand request" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand request" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand request" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand request" -s w -l wait -d 'Wait until the access is usable (a tool implies it)'
complete -c p0 -n "__fish_p0_using_subcommand request" -l relinquish -d 'Give the access back when the tool ends'
complete -c p0 -n "__fish_p0_using_subcommand request" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand request" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand request" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand request" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand request" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand grant" -l timeout -d 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]' -r
complete -c p0 -n "__fish_p0_using_subcommand grant" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand grant" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand grant" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand grant" -s w -l wait -d 'Wait until the access is usable (a tool implies it)'
complete -c p0 -n "__fish_p0_using_subcommand grant" -l relinquish -d 'Give the access back when the tool ends'
complete -c p0 -n "__fish_p0_using_subcommand grant" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand grant" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand grant" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand grant" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand grant" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand allow" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand allow" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand allow" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand allow" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand allow" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand allow" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand allow" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand allow" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand ls" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand ls" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand ls" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand ls" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand ls" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand ls" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand ls" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand ls" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand requests" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand requests" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand requests" -l pending -d 'Only those that wait for a decision'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l active -d 'Only those whose access is usable'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l mine -d 'Only your own'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l watch -d 'Go on, and show each change; with --json a document a line'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand requests" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand requests" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand requests" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand show" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand show" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand show" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand show" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand show" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand show" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand show" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand show" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand wait" -l timeout -d 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]' -r
complete -c p0 -n "__fish_p0_using_subcommand wait" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand wait" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand wait" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand wait" -l relinquish -d 'Give the access back when the tool ends'
complete -c p0 -n "__fish_p0_using_subcommand wait" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand wait" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand wait" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand wait" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand wait" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand wait" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand approve" -l duration -d 'Grant it for this long, such as 30m or 2h [default: as long as was asked for]' -r
complete -c p0 -n "__fish_p0_using_subcommand approve" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand approve" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand approve" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand approve" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand approve" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand approve" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand approve" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand approve" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand deny" -l reason -d 'Why, for the requestor (services that take no reason ignore it)' -r
complete -c p0 -n "__fish_p0_using_subcommand deny" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand deny" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand deny" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand deny" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand deny" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand deny" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand deny" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand deny" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand deny" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand revoke" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand revoke" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand revoke" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand revoke" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand revoke" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand revoke" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand revoke" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand revoke" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand relinquish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand extend" -l duration -d 'How long from now, such as 30m or 2h [default: as long as was asked for]' -r
complete -c p0 -n "__fish_p0_using_subcommand extend" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand extend" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand extend" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand extend" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand extend" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand extend" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand extend" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand extend" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand extend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l reason -d 'Why you need access [env: P0_SSH_REASON]' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l parent -d 'The account, project or subscription that the machine is in' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l provider -d 'Only machines of this provider' -r -f -a "aws\t''
azure\t''
gcloud\t''
self-hosted\t''"
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l timeout -d 'Give up waiting for access after this long, such as 90s, 10m or 2h [default: 10m]' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l sudo -d 'Ask to become root as well [env: P0_SSH_SUDO]'
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand ssh" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand ssh" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand ssh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand scp" -l reason -d 'Why you need access [env: P0_SSH_REASON]' -r
complete -c p0 -n "__fish_p0_using_subcommand scp" -l parent -d 'The account, project or subscription that the machine is in' -r
complete -c p0 -n "__fish_p0_using_subcommand scp" -l provider -d 'Only machines of this provider' -r -f -a "aws\t''
azure\t''
gcloud\t''
self-hosted\t''"
complete -c p0 -n "__fish_p0_using_subcommand scp" -l timeout -d 'Give up waiting for access after this long, such as 90s, 10m or 2h [default: 10m]' -r
complete -c p0 -n "__fish_p0_using_subcommand scp" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand scp" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand scp" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand scp" -l sudo -d 'Ask to become root as well [env: P0_SSH_SUDO]'
complete -c p0 -n "__fish_p0_using_subcommand scp" -s r -l recursive -d 'Copy directories with all that is in them'
complete -c p0 -n "__fish_p0_using_subcommand scp" -s p -l preserve -d 'Keep times and modes'
complete -c p0 -n "__fish_p0_using_subcommand scp" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand scp" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand scp" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand scp" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand scp" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand scp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -f -a "install" -d 'Add what is needed to ~/.ssh/config, once'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -f -a "remove" -d 'Take out of ~/.ssh/config what was added'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and not __fish_seen_subcommand_from install remove status" -f -a "status" -d 'Show whether plain ssh goes through p0. Exits with 1 if not'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand ssh-config; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -f -a "role" -d 'Credentials for a role of IAM'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -f -a "permission-set" -d 'Credentials for a permission set of IAM Identity Center'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -f -a "credential-process" -d 'Bring credentials for the AWS CLI and SDKs, which run this by themselves'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -f -a "configure" -d 'Let `aws` and the SDKs get credentials by themselves'
complete -c p0 -n "__fish_p0_using_subcommand aws; and not __fish_seen_subcommand_from role permission-set credential-process configure rds" -f -a "rds" -d 'Databases on Amazon RDS'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from role" -f -a "assume" -d 'Get credentials for a role, asking for access if need be'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from permission-set" -f -a "assume" -d 'Get credentials for a permission set, asking for access if need be'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -f -a "role" -d 'A role of IAM'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from credential-process" -f -a "permission-set" -d 'A permission set of IAM Identity Center'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l profile -d 'The profile to write [default: the name of the role or permission set]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l account -d 'The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l region -d 'The region that the profile is for, such as eu-west-1' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l reason -d 'The reason to give whenever access is asked for' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l no-request -d 'Never ask for access: you have it'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l remove -d 'Remove the profile'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l force -d 'Replace or remove a profile that p0 did not write'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from configure" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand aws; and __fish_seen_subcommand_from rds" -f -a "generate-db-auth-token" -d 'Get a password for a database on Amazon RDS'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l cluster -d 'The cluster, by its id' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l role -d 'The role to ask for' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l resource -d 'Only this resource: <kind>/<namespace>/<name>, or <kind>/<name>' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l reason -d 'Why the access is needed' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l duration -d 'For how long it is needed, such as 30m, 2h or \'5 days\'' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l context -d 'Name of the context [default: p0-<cluster>/<role>, with a resource p0-<cluster>/<role>@<resource>]' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l file -d 'Write to this file instead of your kubeconfig' -r -F
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l timeout -d 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l request -d 'Let kubectl ask for the access again by itself when it has ended'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l print -d 'Write a kubeconfig to stdout, and no file'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l relinquish -d 'Give the access back when the tool ends'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and not __fish_seen_subcommand_from remove" -f -a "remove" -d 'Remove contexts that p0 has made from your kubeconfig'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l cluster -d 'Those of this cluster' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l context -d 'The one of this name' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l file -d 'Take them out of this file instead of your kubeconfig' -r -F
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l all -d 'All of them'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand kubeconfig; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand dev" -l store -d 'Keep requests in this SQLite file [default: in memory]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand dev" -l port -d 'The port to listen on [default: any free one]' -r
complete -c p0 -n "__fish_p0_using_subcommand dev" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand dev" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand dev" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand dev" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand dev" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand dev" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand dev" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand dev" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand dev" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand serve" -l config -d 'The configuration' -r -F
complete -c p0 -n "__fish_p0_using_subcommand serve" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand serve" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand serve" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand serve" -l check -d 'Check whether the service would start, without starting it'
complete -c p0 -n "__fish_p0_using_subcommand serve" -l example-config -d 'Print a configuration to start from'
complete -c p0 -n "__fish_p0_using_subcommand serve" -l hash-password -d 'Read a password from stdin, and print its hash (Argon2id)'
complete -c p0 -n "__fish_p0_using_subcommand serve" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand serve" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand serve" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand serve" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand serve" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -f -a "status" -d 'Show which store keeps tokens, and why'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and not __fish_seen_subcommand_from status move" -f -a "move" -d 'Take the tokens of all sessions to another store'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l to -d 'Where they are to be' -r -f -a "keyring\t'The OS keyring: macOS Keychain, Windows Credential Manager, Secret Service'
kernel\t'The Linux kernel\'s keyring'
file\t'A file for its owner alone, in clear'"
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand secrets; and __fish_seen_subcommand_from move" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand doctor" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand doctor" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand doctor" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand doctor" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand doctor" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand doctor" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand doctor" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand doctor" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand completions" -l write -d 'Write the scripts for all shells to this directory' -r -F
complete -c p0 -n "__fish_p0_using_subcommand completions" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand completions" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand completions" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand completions" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand completions" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand completions" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand completions" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand completions" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c p0 -n "__fish_p0_using_subcommand man" -l write -d 'Write a page per command to this directory' -r -F
complete -c p0 -n "__fish_p0_using_subcommand man" -l org -d 'The organisation [env: P0_ORG; default: the one signed in to last]' -r
complete -c p0 -n "__fish_p0_using_subcommand man" -l token-file -d 'Use the token in this file instead of a sign-in; \'-\' is stdin [env: P0_API_TOKEN, the token itself]' -r -F
complete -c p0 -n "__fish_p0_using_subcommand man" -l color -d 'When to use colour [env: NO_COLOR]' -r -f -a "auto\t'At a terminal'
always\t'Always'
never\t'Never'"
complete -c p0 -n "__fish_p0_using_subcommand man" -l pass-token -d 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise'
complete -c p0 -n "__fish_p0_using_subcommand man" -l json -d 'Write exactly one JSON document to stdout, errors included'
complete -c p0 -n "__fish_p0_using_subcommand man" -l debug -d 'Log what is done to stderr; secrets are never in it'
complete -c p0 -n "__fish_p0_using_subcommand man" -s q -l quiet -d 'Say only what is wrong'
complete -c p0 -n "__fish_p0_using_subcommand man" -l no-input -d 'Never ask; fail and name the flag that answers'
complete -c p0 -n "__fish_p0_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
