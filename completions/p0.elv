
use builtin;
use str;

set edit:completion:arg-completer[p0] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'p0'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'p0'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Sign in to an organisation'
            cand logout 'Forget the session'
            cand status 'Show who you are, where, and what you hold'
            cand whoami 'Show who you are, where, and what you hold'
            cand request 'Ask for access'
            cand grant 'Ask for access for somebody else'
            cand allow 'Approve access in advance'
            cand ls 'List what can be asked for'
            cand requests 'List requests'
            cand show 'Show one request'
            cand wait 'Wait for a request, and then run a tool'
            cand approve 'Approve a request'
            cand deny 'Deny a request'
            cand revoke 'Take access back, as an approver'
            cand relinquish 'Give access back, or withdraw a request that is not decided yet'
            cand extend 'Ask for more time on access that you hold'
            cand dev 'Run a JIT service of your own to try things out'
            cand serve 'Run a JIT service for a team'
            cand completions 'Print a completion script for a shell'
            cand man 'Print the manual, or write its pages to a directory'
            cand print-bearer-token 'Print the API token, for curl'
        }
        &'p0;login'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --refresh 'Renew the session, although there is one'
            cand --browser 'Sign in with this machine''s browser'
            cand --device 'Sign in with another machine''s browser'
            cand --no-browser 'Show the page''s address instead of opening it'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;logout'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --all 'Forget the sessions with every organisation'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;status'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;whoami'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;request'= {
            cand --timeout 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand -w 'Wait until the access is usable (a tool implies it)'
            cand --wait 'Wait until the access is usable (a tool implies it)'
            cand --relinquish 'Give the access back when the tool ends'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
        }
        &'p0;grant'= {
            cand --timeout 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand -w 'Wait until the access is usable (a tool implies it)'
            cand --wait 'Wait until the access is usable (a tool implies it)'
            cand --relinquish 'Give the access back when the tool ends'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
        }
        &'p0;allow'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
        }
        &'p0;ls'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
        }
        &'p0;requests'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --pending 'Only those that wait for a decision'
            cand --active 'Only those whose access is usable'
            cand --mine 'Only your own'
            cand --watch 'Go on, and show each change; with --json a document a line'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;show'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;wait'= {
            cand --timeout 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --relinquish 'Give the access back when the tool ends'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;approve'= {
            cand --duration 'Grant it for this long, such as 30m or 2h [default: as long as was asked for]'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;deny'= {
            cand --reason 'Why, for the requestor (services that take no reason ignore it)'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;revoke'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;relinquish'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;extend'= {
            cand --duration 'How long from now, such as 30m or 2h [default: as long as was asked for]'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;dev'= {
            cand --store 'Keep requests in this SQLite file [default: in memory]'
            cand --port 'The port to listen on [default: any free one]'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;serve'= {
            cand --config 'The configuration'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --check 'Read the configuration, say whether it is well formed, and end'
            cand --example-config 'Print a configuration to start from'
            cand --hash-password 'Read a password from stdin, and print its hash (Argon2id)'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;completions'= {
            cand --write 'Write the scripts for all shells to this directory'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;man'= {
            cand --write 'Write a page per command to this directory'
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'p0;print-bearer-token'= {
            cand --org 'The organisation [env: P0_ORG; default: the one signed in to last]'
            cand --color 'When to use colour [env: NO_COLOR]'
            cand --json 'Write exactly one JSON document to stdout, errors included'
            cand --debug 'Log what is done to stderr; secrets are never in it'
            cand -q 'Say only what is wrong'
            cand --quiet 'Say only what is wrong'
            cand --no-input 'Never ask; fail and name the flag that answers'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
