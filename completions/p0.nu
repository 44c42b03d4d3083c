module completions {

  def "nu-complete p0 color" [] {
    [ "auto" "always" "never" ]
  }

  # Just-in-time access from the command line
  export extern p0 [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --import                  # Take over the session that another client of the service keeps in ~/.p0
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 extend color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    id: string                # The request's id
  ]

  def "nu-complete p0 ssh provider" [] {
    [ "aws" "azure" "gcloud" "self-hosted" ]
  }

  def "nu-complete p0 ssh color" [] {
    [ "auto" "always" "never" ]
  }

  # Open a session on a machine, asking for access if needed
  export extern "p0 ssh" [
    --sudo                    # Ask to become root as well [env: P0_SSH_SUDO]
    --reason: string          # Why you need access [env: P0_SSH_REASON]
    --parent: string          # The account, project or subscription that the machine is in
    --provider: string@"nu-complete p0 ssh provider" # Only machines of this provider
    --timeout: string         # Give up waiting for access after this long, such as 90s, 10m or 2h [default: 10m]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 ssh color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    destination: string       # The machine
    ...command: string        # A command to run there; ssh joins its words with spaces
  ]

  def "nu-complete p0 scp provider" [] {
    [ "aws" "azure" "gcloud" "self-hosted" ]
  }

  def "nu-complete p0 scp color" [] {
    [ "auto" "always" "never" ]
  }

  # Copy files to or from a machine, asking for access if needed
  export extern "p0 scp" [
    --sudo                    # Ask to become root as well [env: P0_SSH_SUDO]
    --reason: string          # Why you need access [env: P0_SSH_REASON]
    --parent: string          # The account, project or subscription that the machine is in
    --provider: string@"nu-complete p0 scp provider" # Only machines of this provider
    --timeout: string         # Give up waiting for access after this long, such as 90s, 10m or 2h [default: 10m]
    --recursive(-r)           # Copy directories with all that is in them
    --preserve(-p)            # Keep times and modes
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 scp color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    source: string            # What to copy: a file here, or <DESTINATION>:<PATH>
    target: string            # Where to: <DESTINATION>:<PATH>, or a place here
  ]

  def "nu-complete p0 ssh-config color" [] {
    [ "auto" "always" "never" ]
  }

  # Let plain ssh, git, rsync and editors reach your machines
  export extern "p0 ssh-config" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 ssh-config color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 ssh-config install color" [] {
    [ "auto" "always" "never" ]
  }

  # Add what is needed to ~/.ssh/config, once
  export extern "p0 ssh-config install" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 ssh-config install color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 ssh-config remove color" [] {
    [ "auto" "always" "never" ]
  }

  # Take out of ~/.ssh/config what was added
  export extern "p0 ssh-config remove" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 ssh-config remove color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 ssh-config status color" [] {
    [ "auto" "always" "never" ]
  }

  # Show whether plain ssh goes through p0. Exits with 1 if not
  export extern "p0 ssh-config status" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 ssh-config status color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 aws color" [] {
    [ "auto" "always" "never" ]
  }

  # Get credentials for AWS
  export extern "p0 aws" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 aws role color" [] {
    [ "auto" "always" "never" ]
  }

  # Credentials for a role of IAM
  export extern "p0 aws role" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws role color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 aws role assume shell" [] {
    [ "bash" "zsh" "sh" "fish" "tcsh" "powershell" "cmd" "nushell" ]
  }

  def "nu-complete p0 aws role assume format" [] {
    [ "env" "json" "dotenv" "credential-process" ]
  }

  def "nu-complete p0 aws role assume color" [] {
    [ "auto" "always" "never" ]
  }

  # Get credentials for a role, asking for access if need be
  export extern "p0 aws role assume" [
    --account: string         # The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]
    --reason: string          # Why the access is needed
    --request                 # Ask for the access if there are no credentials yet; this is so by default
    --no-request              # Do not ask for access: you have it
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --shell: string@"nu-complete p0 aws role assume shell" # Write assignments for this shell [default: the shell that runs p0]
    --format: string@"nu-complete p0 aws role assume format" # What to write [default: env, or json with --json]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws role assume color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    role: string              # The role's name, with its path or without
  ]

  def "nu-complete p0 aws permission-set color" [] {
    [ "auto" "always" "never" ]
  }

  # Credentials for a permission set of IAM Identity Center
  export extern "p0 aws permission-set" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws permission-set color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 aws permission-set assume shell" [] {
    [ "bash" "zsh" "sh" "fish" "tcsh" "powershell" "cmd" "nushell" ]
  }

  def "nu-complete p0 aws permission-set assume format" [] {
    [ "env" "json" "dotenv" "credential-process" ]
  }

  def "nu-complete p0 aws permission-set assume color" [] {
    [ "auto" "always" "never" ]
  }

  # Get credentials for a permission set, asking for access if need be
  export extern "p0 aws permission-set assume" [
    --account: string         # The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]
    --reason: string          # Why the access is needed
    --request                 # Ask for the access if there are no credentials yet; this is so by default
    --no-request              # Do not ask for access: you have it
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --shell: string@"nu-complete p0 aws permission-set assume shell" # Write assignments for this shell [default: the shell that runs p0]
    --format: string@"nu-complete p0 aws permission-set assume format" # What to write [default: env, or json with --json]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws permission-set assume color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    permission_set: string    # The permission set's name
  ]

  def "nu-complete p0 aws credential-process color" [] {
    [ "auto" "always" "never" ]
  }

  # Bring credentials for the AWS CLI and SDKs, which run this by themselves
  export extern "p0 aws credential-process" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws credential-process color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 aws credential-process role color" [] {
    [ "auto" "always" "never" ]
  }

  # A role of IAM
  export extern "p0 aws credential-process role" [
    --account: string         # The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]
    --reason: string          # Why the access is needed
    --request                 # Ask for the access if there are no credentials yet; this is so by default
    --no-request              # Do not ask for access: you have it
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws credential-process role color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    role: string              # The role's name, with its path or without
  ]

  def "nu-complete p0 aws credential-process permission-set color" [] {
    [ "auto" "always" "never" ]
  }

  # A permission set of IAM Identity Center
  export extern "p0 aws credential-process permission-set" [
    --account: string         # The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]
    --reason: string          # Why the access is needed
    --request                 # Ask for the access if there are no credentials yet; this is so by default
    --no-request              # Do not ask for access: you have it
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws credential-process permission-set color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    permission_set: string    # The permission set's name
  ]

  def "nu-complete p0 aws configure kind" [] {
    [ "role" "permission-set" ]
  }

  def "nu-complete p0 aws configure color" [] {
    [ "auto" "always" "never" ]
  }

  # Let `aws` and the SDKs get credentials by themselves
  export extern "p0 aws configure" [
    --profile: string         # The profile to write [default: the name of the role or permission set]
    --account: string         # The account, by label or number [env: P0_AWS_ACCOUNT; default: the only one]
    --region: string          # The region that the profile is for, such as eu-west-1
    --reason: string          # The reason to give whenever access is asked for
    --no-request              # Never ask for access: you have it
    --remove                  # Remove the profile
    --force                   # Replace or remove a profile that p0 did not write
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws configure color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    kind?: string@"nu-complete p0 aws configure kind" # What the credentials are for
    name?: string             # The role or the permission set
  ]

  def "nu-complete p0 aws rds color" [] {
    [ "auto" "always" "never" ]
  }

  # Databases on Amazon RDS
  export extern "p0 aws rds" [
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws rds color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 aws rds generate-db-auth-token arch" [] {
    [ "mysql" "postgres" ]
  }

  def "nu-complete p0 aws rds generate-db-auth-token color" [] {
    [ "auto" "always" "never" ]
  }

  # Get a password for a database on Amazon RDS
  export extern "p0 aws rds generate-db-auth-token" [
    --arch: string@"nu-complete p0 aws rds generate-db-auth-token arch" # The kind of database
    --role: string            # The role that is needed at the database
    --sql: string             # The statement that is to be run
    --instance: string        # The database server, by its identifier or its label [default: the one that has what is asked for]
    --database: string        # The database in it [default: what the organisation has set]
    --reason: string          # Why the access is needed
    --ca-file: path           # The certificates that the client trusts [default for psql: PGSSLROOTCERT, ~/.postgresql/root.crt]
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --relinquish              # Give the access back when the tool ends
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 aws rds generate-db-auth-token color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 kubeconfig color" [] {
    [ "auto" "always" "never" ]
  }

  # Set up kubectl for a cluster
  export extern "p0 kubeconfig" [
    --cluster: string         # The cluster, by its id
    --role: string            # The role to ask for
    --resource: string        # Only this resource: <kind>/<namespace>/<name>, or <kind>/<name>
    --reason: string          # Why the access is needed
    --duration: string        # For how long it is needed, such as 30m, 2h or '5 days'
    --request                 # Let kubectl ask for the access again by itself when it has ended
    --context: string         # Name of the context [default: p0-<cluster>/<role>, with a resource p0-<cluster>/<role>@<resource>]
    --file: path              # Write to this file instead of your kubeconfig
    --print                   # Write a kubeconfig to stdout, and no file
    --timeout: string         # Give up waiting after this long, such as 90s, 10m or 2h [default: 10m]
    --relinquish              # Give the access back when the tool ends
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 kubeconfig color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete p0 kubeconfig remove color" [] {
    [ "auto" "always" "never" ]
  }

  # Remove contexts that p0 has made from your kubeconfig
  export extern "p0 kubeconfig remove" [
    --cluster: string         # Those of this cluster
    --context: string         # The one of this name
    --all                     # All of them
    --file: path              # Take them out of this file instead of your kubeconfig
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 kubeconfig remove color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --check                   # Check whether the service would start, without starting it
    --example-config          # Print a configuration to start from
    --hash-password           # Read a password from stdin, and print its hash (Argon2id)
    --org: string             # The organisation [env: P0_ORG; default: the one signed in to last]
    --token-file: path        # Use the token in this file instead of a sign-in; '-' is stdin [env: P0_API_TOKEN, the token itself]
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
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
    --pass-token              # Let the tool after `--` have P0_API_TOKEN, which it does not inherit otherwise
    --json                    # Write exactly one JSON document to stdout, errors included
    --debug                   # Log what is done to stderr; secrets are never in it
    --quiet(-q)               # Say only what is wrong
    --no-input                # Never ask; fail and name the flag that answers
    --color: string@"nu-complete p0 man color" # When to use colour [env: NO_COLOR]
    --help(-h)                # Print help (see more with '--help')
    ...command: string        # The command whose page to print [default: p0 itself]
  ]

}

export use completions *
