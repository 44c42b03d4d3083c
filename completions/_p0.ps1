
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'p0' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'p0'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'p0' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Sign in to an organisation')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Forget the session')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show who you are, where, and what you hold')
            [CompletionResult]::new('whoami', 'whoami', [CompletionResultType]::ParameterValue, 'Show who you are, where, and what you hold')
            [CompletionResult]::new('org', 'org', [CompletionResultType]::ParameterValue, 'Use several organisations side by side')
            [CompletionResult]::new('request', 'request', [CompletionResultType]::ParameterValue, 'Ask for access')
            [CompletionResult]::new('grant', 'grant', [CompletionResultType]::ParameterValue, 'Ask for access for somebody else')
            [CompletionResult]::new('allow', 'allow', [CompletionResultType]::ParameterValue, 'Approve access in advance')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List what can be asked for')
            [CompletionResult]::new('requests', 'requests', [CompletionResultType]::ParameterValue, 'List requests')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one request')
            [CompletionResult]::new('wait', 'wait', [CompletionResultType]::ParameterValue, 'Wait for a request, and then run a tool')
            [CompletionResult]::new('approve', 'approve', [CompletionResultType]::ParameterValue, 'Approve a request')
            [CompletionResult]::new('deny', 'deny', [CompletionResultType]::ParameterValue, 'Deny a request')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Take access back, as an approver')
            [CompletionResult]::new('relinquish', 'relinquish', [CompletionResultType]::ParameterValue, 'Give access back, or withdraw a request that is not decided yet')
            [CompletionResult]::new('extend', 'extend', [CompletionResultType]::ParameterValue, 'Ask for more time on access that you hold')
            [CompletionResult]::new('dev', 'dev', [CompletionResultType]::ParameterValue, 'Run a JIT service of your own to try things out')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run a JIT service for a team')
            [CompletionResult]::new('secrets', 'secrets', [CompletionResultType]::ParameterValue, 'See and change where tokens are kept')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check this machine''s set-up, with a fix for each finding')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual, or write its pages to a directory')
            [CompletionResult]::new('print-bearer-token', 'print-bearer-token', [CompletionResultType]::ParameterValue, 'Print the API token, for curl')
            break
        }
        'p0;login' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--refresh', '--refresh', [CompletionResultType]::ParameterName, 'Renew the session, although there is one')
            [CompletionResult]::new('--browser', '--browser', [CompletionResultType]::ParameterName, 'Sign in with this machine''s browser')
            [CompletionResult]::new('--device', '--device', [CompletionResultType]::ParameterName, 'Sign in with another machine''s browser')
            [CompletionResult]::new('--no-browser', '--no-browser', [CompletionResultType]::ParameterName, 'Show the page''s address instead of opening it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;logout' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Forget the sessions with every organisation')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;status' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;whoami' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;org' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List the organisations that you are signed in to')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the organisations that you are signed in to')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Choose the organisation that commands use from now on')
            break
        }
        'p0;org;ls' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;org;list' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;org;use' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;request' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Wait until the access is usable (a tool implies it)')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the access is usable (a tool implies it)')
            [CompletionResult]::new('--relinquish', '--relinquish', [CompletionResultType]::ParameterName, 'Give the access back when the tool ends')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            break
        }
        'p0;grant' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('-w', '-w', [CompletionResultType]::ParameterName, 'Wait until the access is usable (a tool implies it)')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait until the access is usable (a tool implies it)')
            [CompletionResult]::new('--relinquish', '--relinquish', [CompletionResultType]::ParameterName, 'Give the access back when the tool ends')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            break
        }
        'p0;allow' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            break
        }
        'p0;ls' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            break
        }
        'p0;requests' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pending', '--pending', [CompletionResultType]::ParameterName, 'Only those that wait for a decision')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Only those whose access is usable')
            [CompletionResult]::new('--mine', '--mine', [CompletionResultType]::ParameterName, 'Only your own')
            [CompletionResult]::new('--watch', '--watch', [CompletionResultType]::ParameterName, 'Go on, and show each change; with --json a document a line')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;show' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;wait' {
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--relinquish', '--relinquish', [CompletionResultType]::ParameterName, 'Give the access back when the tool ends')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;approve' {
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'Grant it for this long, such as 30m or 2h [default: as long as was asked for]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;deny' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why, for the requestor (services that take no reason ignore it)')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;revoke' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;relinquish' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;extend' {
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long from now, such as 30m or 2h [default: as long as was asked for]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;dev' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Keep requests in this SQLite file [default: in memory]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port to listen on [default: any free one]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;serve' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Read the configuration, say whether it is well formed, and end')
            [CompletionResult]::new('--example-config', '--example-config', [CompletionResultType]::ParameterName, 'Print a configuration to start from')
            [CompletionResult]::new('--hash-password', '--hash-password', [CompletionResultType]::ParameterName, 'Read a password from stdin, and print its hash (Argon2id)')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;secrets' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show which store keeps tokens, and why')
            [CompletionResult]::new('move', 'move', [CompletionResultType]::ParameterValue, 'Take the tokens of all sessions to another store')
            break
        }
        'p0;secrets;status' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;secrets;move' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Where they are to be')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;doctor' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;completions' {
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Write the scripts for all shells to this directory')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;man' {
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Write a page per command to this directory')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;print-bearer-token' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
