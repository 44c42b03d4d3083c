
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('ssh', 'ssh', [CompletionResultType]::ParameterValue, 'Open a session on a machine, asking for access if needed')
            [CompletionResult]::new('scp', 'scp', [CompletionResultType]::ParameterValue, 'Copy files to or from a machine, asking for access if needed')
            [CompletionResult]::new('ssh-config', 'ssh-config', [CompletionResultType]::ParameterValue, 'Let plain ssh, git, rsync and editors reach your machines')
            [CompletionResult]::new('aws', 'aws', [CompletionResultType]::ParameterValue, 'Get credentials for AWS')
            [CompletionResult]::new('kubeconfig', 'kubeconfig', [CompletionResultType]::ParameterValue, 'Set up kubectl for a cluster')
            [CompletionResult]::new('dev', 'dev', [CompletionResultType]::ParameterValue, 'Run a JIT service of your own to try things out')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Run a JIT service for a team')
            [CompletionResult]::new('secrets', 'secrets', [CompletionResultType]::ParameterValue, 'See and change where tokens are kept')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check this machine''s set-up, with a fix for each finding')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual, or write its pages to a directory')
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
            [CompletionResult]::new('--import', '--import', [CompletionResultType]::ParameterName, 'Take over the session that another client of the service keeps in ~/.p0')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;ssh' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why you need access [env: P0_SSH_REASON]')
            [CompletionResult]::new('--parent', '--parent', [CompletionResultType]::ParameterName, 'The account, project or subscription that the machine is in')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Only machines of this provider')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting for access after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--sudo', '--sudo', [CompletionResultType]::ParameterName, 'Ask to become root as well [env: P0_SSH_SUDO]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;scp' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why you need access [env: P0_SSH_REASON]')
            [CompletionResult]::new('--parent', '--parent', [CompletionResultType]::ParameterName, 'The account, project or subscription that the machine is in')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Only machines of this provider')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting for access after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--sudo', '--sudo', [CompletionResultType]::ParameterName, 'Ask to become root as well [env: P0_SSH_SUDO]')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Copy directories with all that is in them')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Copy directories with all that is in them')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Keep times and modes')
            [CompletionResult]::new('--preserve', '--preserve', [CompletionResultType]::ParameterName, 'Keep times and modes')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;ssh-config' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('install', 'install', [CompletionResultType]::ParameterValue, 'Add what is needed to ~/.ssh/config, once')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Take out of ~/.ssh/config what was added')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show whether plain ssh goes through p0. Exits with 1 if not')
            break
        }
        'p0;ssh-config;install' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;ssh-config;remove' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;ssh-config;status' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;aws' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('role', 'role', [CompletionResultType]::ParameterValue, 'Credentials for a role of IAM')
            [CompletionResult]::new('permission-set', 'permission-set', [CompletionResultType]::ParameterValue, 'Credentials for a permission set of IAM Identity Center')
            [CompletionResult]::new('credential-process', 'credential-process', [CompletionResultType]::ParameterValue, 'Bring credentials for the AWS CLI and SDKs, which run this by themselves')
            [CompletionResult]::new('configure', 'configure', [CompletionResultType]::ParameterValue, 'Let `aws` and the SDKs get credentials by themselves')
            [CompletionResult]::new('rds', 'rds', [CompletionResultType]::ParameterValue, 'Databases on Amazon RDS')
            break
        }
        'p0;aws;role' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('assume', 'assume', [CompletionResultType]::ParameterValue, 'Get credentials for a role, asking for access if need be')
            break
        }
        'p0;aws;role;assume' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why the access is needed')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'Write assignments for this shell [default: the shell that runs p0]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to write [default: env, or json with --json]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'Ask for the access if there are no credentials yet; this is so by default')
            [CompletionResult]::new('--no-request', '--no-request', [CompletionResultType]::ParameterName, 'Do not ask for access: you have it')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;aws;permission-set' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('assume', 'assume', [CompletionResultType]::ParameterValue, 'Get credentials for a permission set, asking for access if need be')
            break
        }
        'p0;aws;permission-set;assume' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why the access is needed')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--shell', '--shell', [CompletionResultType]::ParameterName, 'Write assignments for this shell [default: the shell that runs p0]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to write [default: env, or json with --json]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'Ask for the access if there are no credentials yet; this is so by default')
            [CompletionResult]::new('--no-request', '--no-request', [CompletionResultType]::ParameterName, 'Do not ask for access: you have it')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;aws;credential-process' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('role', 'role', [CompletionResultType]::ParameterValue, 'A role of IAM')
            [CompletionResult]::new('permission-set', 'permission-set', [CompletionResultType]::ParameterValue, 'A permission set of IAM Identity Center')
            break
        }
        'p0;aws;credential-process;role' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why the access is needed')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'Ask for the access if there are no credentials yet; this is so by default')
            [CompletionResult]::new('--no-request', '--no-request', [CompletionResultType]::ParameterName, 'Do not ask for access: you have it')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;aws;credential-process;permission-set' {
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why the access is needed')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'Ask for the access if there are no credentials yet; this is so by default')
            [CompletionResult]::new('--no-request', '--no-request', [CompletionResultType]::ParameterName, 'Do not ask for access: you have it')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;aws;configure' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile to write [default: the name of the role or permission set]')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The region that the profile is for, such as eu-west-1')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'The reason to give whenever access is asked for')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--no-request', '--no-request', [CompletionResultType]::ParameterName, 'Never ask for access: you have it')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Remove the profile')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace or remove a profile that p0 did not write')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;aws;rds' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('generate-db-auth-token', 'generate-db-auth-token', [CompletionResultType]::ParameterValue, 'Get a password for a database on Amazon RDS')
            break
        }
        'p0;aws;rds;generate-db-auth-token' {
            [CompletionResult]::new('--arch', '--arch', [CompletionResultType]::ParameterName, 'The kind of database')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The role that is needed at the database')
            [CompletionResult]::new('--sql', '--sql', [CompletionResultType]::ParameterName, 'The statement that is to be run')
            [CompletionResult]::new('--instance', '--instance', [CompletionResultType]::ParameterName, 'The database server, by its identifier or its label [default: the one that has what is asked for]')
            [CompletionResult]::new('--database', '--database', [CompletionResultType]::ParameterName, 'The database in it [default: what the organisation has set]')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why the access is needed')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'The certificates that the client trusts [default for psql: PGSSLROOTCERT, ~/.postgresql/root.crt]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--relinquish', '--relinquish', [CompletionResultType]::ParameterName, 'Give the access back when the tool ends')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'p0;kubeconfig' {
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster, by its id')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'The role to ask for')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Only this resource: <kind>/<namespace>/<name>, or <kind>/<name>')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Why the access is needed')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'For how long it is needed, such as 30m, 2h or ''5 days''')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'Name of the context [default: p0-<cluster>/<role>, with a resource p0-<cluster>/<role>@<resource>]')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Write to this file instead of your kubeconfig')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--request', '--request', [CompletionResultType]::ParameterName, 'Let kubectl ask for the access again by itself when it has ended')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Write a kubeconfig to stdout, and no file')
            [CompletionResult]::new('--relinquish', '--relinquish', [CompletionResultType]::ParameterName, 'Give the access back when the tool ends')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Write exactly one JSON document to stdout, errors included')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'Log what is done to stderr; secrets are never in it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only what is wrong')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; fail and name the flag that answers')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove contexts that p0 has made from your kubeconfig')
            break
        }
        'p0;kubeconfig;remove' {
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'Those of this cluster')
            [CompletionResult]::new('--context', '--context', [CompletionResultType]::ParameterName, 'The one of this name')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Take them out of this file instead of your kubeconfig')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organisation [env: P0_ORG; default: the one signed in to last]')
            [CompletionResult]::new('--token-file', '--token-file', [CompletionResultType]::ParameterName, 'Use the token in this file instead of a sign-in; ''-'' is stdin [env: P0_API_TOKEN, the token itself]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour [env: NO_COLOR]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'All of them')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check whether the service would start, without starting it')
            [CompletionResult]::new('--example-config', '--example-config', [CompletionResultType]::ParameterName, 'Print a configuration to start from')
            [CompletionResult]::new('--hash-password', '--hash-password', [CompletionResultType]::ParameterName, 'Read a password from stdin, and print its hash (Argon2id)')
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
            [CompletionResult]::new('--pass-token', '--pass-token', [CompletionResultType]::ParameterName, 'Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise')
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
