module completions {

  def "nu-complete p0 color" [] {
    [ "auto" "always" "never" ]
  }

  # Just-in-time access from the command line
  export extern p0 [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete p0 login color" [] {
    [ "auto" "always" "never" ]
  }

  # Sign in to an organisation
  export extern "p0 login" [
    --refresh                 # Renew the session, although there is one
    --browser                 # Sign in with this machine's browser
    --device                  # Sign in with another machine's browser
    --no-browser              # Show the page's address instead of opening it
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 login color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    login_org?: string        # The organisation [default: that of --org, else the one signed in to last]
  ]

  def "nu-complete p0 logout color" [] {
    [ "auto" "always" "never" ]
  }

  # Forget the session
  export extern "p0 logout" [
    --all                     # Forget the sessions with every organisation
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 logout color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 status color" [] {
    [ "auto" "always" "never" ]
  }

  # Show who you are, where, and what you hold
  export extern "p0 status" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 status color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 org color" [] {
    [ "auto" "always" "never" ]
  }

  # Use several organisations side by side
  export extern "p0 org" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 org color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 org ls color" [] {
    [ "auto" "always" "never" ]
  }

  # List the organisations that you are signed in to
  export extern "p0 org ls" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 org ls color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 org use color" [] {
    [ "auto" "always" "never" ]
  }

  # Choose the organisation that commands use from now on
  export extern "p0 org use" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 org use color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    use_org: string           # An organisation that you are signed in to
  ]

  def "nu-complete p0 request color" [] {
    [ "auto" "always" "never" ]
  }

  # Ask for access
  export extern "p0 request" [
    --wait(-w)                # Wait until the access is usable (a tool implies it)
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --relinquish              # Give the access back when the tool ends
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 request color" # When to use colour [env: NO_COLOR]
  ]

  def "nu-complete p0 grant color" [] {
    [ "auto" "always" "never" ]
  }

  # Ask for access for somebody else
  export extern "p0 grant" [
    --wait(-w)                # Wait until the access is usable (a tool implies it)
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --relinquish              # Give the access back when the tool ends
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 grant color" # When to use colour [env: NO_COLOR]
  ]

  def "nu-complete p0 allow color" [] {
    [ "auto" "always" "never" ]
  }

  # Approve access in advance
  export extern "p0 allow" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 allow color" # When to use colour [env: NO_COLOR]
  ]

  def "nu-complete p0 ls color" [] {
    [ "auto" "always" "never" ]
  }

  # List what can be asked for
  export extern "p0 ls" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 ls color" # When to use colour [env: NO_COLOR]
  ]

  def "nu-complete p0 requests color" [] {
    [ "auto" "always" "never" ]
  }

  # List requests
  export extern "p0 requests" [
    --pending                 # Only those that wait for a decision
    --active                  # Only those whose access is usable
    --mine                    # Only your own
    --watch                   # Go on, and show each change; with --json a document a line
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 requests color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 show color" [] {
    [ "auto" "always" "never" ]
  }

  # Show one request
  export extern "p0 show" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 show color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 wait color" [] {
    [ "auto" "always" "never" ]
  }

  # Wait for a request, and then run a tool
  export extern "p0 wait" [
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --relinquish              # Give the access back when the tool ends
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 wait color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 approve color" [] {
    [ "auto" "always" "never" ]
  }

  # Approve a request
  export extern "p0 approve" [
    --duration: string        # Grant it for this long, such as 30m or 2h [default: as long as was asked for]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 approve color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 deny color" [] {
    [ "auto" "always" "never" ]
  }

  # Deny a request
  export extern "p0 deny" [
    --reason: string          # Why, for the requestor (services that take no reason ignore it)
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 deny color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 revoke color" [] {
    [ "auto" "always" "never" ]
  }

  # Take access back, as an approver
  export extern "p0 revoke" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 revoke color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 relinquish color" [] {
    [ "auto" "always" "never" ]
  }

  # Give access back, or withdraw a request that is not decided yet
  export extern "p0 relinquish" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 relinquish color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 extend color" [] {
    [ "auto" "always" "never" ]
  }

  # Ask for more time on access that you hold
  export extern "p0 extend" [
    --duration: string        # How long from now, such as 30m or 2h [default: as long as was asked for]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 extend color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 dev color" [] {
    [ "auto" "always" "never" ]
  }

  # Run a JIT service of your own to try things out
  export extern "p0 dev" [
    --store: path             # Keep requests in this SQLite file [default: in memory]
    --port: string            # The port to listen on [default: any free one]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 dev color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    ...words: string          # A command of `p0` to run against the service
  ]

  def "nu-complete p0 serve color" [] {
    [ "auto" "always" "never" ]
  }

  # Run a JIT service for a team
  export extern "p0 serve" [
    --config: path            # The configuration
    --check                   # Read the configuration, say whether it is well formed, and end
    --example-config          # Print a configuration to start from
    --hash-password           # Read a password from stdin, and print its hash (Argon2id)
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 serve color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 secrets color" [] {
    [ "auto" "always" "never" ]
  }

  # See and change where tokens are kept
  export extern "p0 secrets" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 secrets color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 secrets status color" [] {
    [ "auto" "always" "never" ]
  }

  # Show which store keeps tokens, and why
  export extern "p0 secrets status" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 secrets status color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 secrets move to" [] {
    [ "keyring" "kernel" "file" ]
  }

  def "nu-complete p0 secrets move color" [] {
    [ "auto" "always" "never" ]
  }

  # Take the tokens of all sessions to another store
  export extern "p0 secrets move" [
    --to: string@"nu-complete p0 secrets move to" # Where they are to be
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 secrets move color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 doctor color" [] {
    [ "auto" "always" "never" ]
  }

  # Check this machine's set-up, with a fix for each finding
  export extern "p0 doctor" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 doctor color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 completions shell" [] {
    [ "bash" "zsh" "fish" "powershell" "elvish" "nushell" ]
  }

  def "nu-complete p0 completions color" [] {
    [ "auto" "always" "never" ]
  }

  # Print a completion script for a shell
  export extern "p0 completions" [
    --write: path             # Write the scripts for all shells to this directory
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 completions color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    shell?: string@"nu-complete p0 completions shell" # The shell
  ]

  def "nu-complete p0 man color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the manual, or write its pages to a directory
  export extern "p0 man" [
    --write: path             # Write a page per command to this directory
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 man color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    ...command: string        # The command whose page to print [default: p0 itself]
  ]

  def "nu-complete p0 print-bearer-token color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the API token, for curl
  export extern "p0 print-bearer-token" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 print-bearer-token color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

}

export use completions *
