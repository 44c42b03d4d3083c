#!/bin/sh
# A stand-in for the Azure command line: whose subscriptions it knows, certificates, and the tunnel through Bastion.
state='@STATE@'
@REFUSE@
echo "az $*" >> "$state/calls"

# An extension that is not there is a command that is not there.
extension() {
  [ -e "$state/extensions/$1" ] || {
    printf "ERROR: '%s' is misspelled or not recognized by the system.\n\n" "$1" >&2
    printf 'Examples from AI knowledge base:\nhttps://aka.ms/cli_ref\nRead more about the command in reference docs\n' >&2
    exit 2
  }
}

case "$1 $2" in
  'account list')
    [ "$3" != --refresh ] || [ ! -e "$state/refreshed" ] || cp "$state/refreshed" "$state/accounts"
    grep -q id "$state/accounts" || echo 'WARNING: Please run "az login" to access your accounts.' >&2
    cat "$state/accounts"
    ;;
  'account set' | 'login '*)
    cp "$state/signed-in" "$state/accounts"
    ;;
  'extension add')
    [ "$3" = --name ] || exit 2
    touch "$state/extensions/$4"
    ;;
  'ssh cert')
    extension ssh
    [ "$3 $5" = '--public-key-file --file' ] || { echo "ERROR: unrecognized arguments: $*" >&2; exit 2; }
    grep -q '^ssh-rsa ' "$4" || { echo 'ERROR: Could not parse public key. Error: it is not RSA' >&2; exit 1; }
    refuse 1
    cp "$4" "$6.key.pub" &&
      ssh-keygen -q -s '@AUTHORITY@' -I 'ada@example.com' -n '@USER@' -V -5m:+1h "$6.key.pub" &&
      mv "$6.key-cert.pub" "$6" && rm "$6.key.pub" && echo "Generated SSH certificate $6 is valid until tomorrow."
    ;;
  'network bastion')
    extension bastion
    [ "$3" = tunnel ] || exit 2
    shift 3
    while [ $# -gt 0 ]; do
      case $1 in
        --port) port=$2 ;;
        --name | --resource-group | --subscription | --target-resource-id) ;;
        --resource-port) [ "$2" = 22 ] || exit 1 ;;
        *) echo "ERROR: unrecognized arguments: $1" >&2; exit 2 ;;
      esac
      shift 2
    done
    refuse 1
    rm "$state/taken" 2> /dev/null && echo 'ERROR: Defined port is currently unavailable' >&2 && exit 1
    echo "WARNING: Opening tunnel on port: $port" >&2
    [ ! -e "$state/silent" ] || exec sleep 600
    # It finds that it may not carry a connection when there is one, and ends of it.
    target='TCP:127.0.0.1:@PORT@' many=fork,
    [ ! -e "$state/breaks" ] || { target="SYSTEM:cat $state/breaks >&3; rm $state/breaks" many=; }
    exec 3>&2
    # A pipeline, so that there is more than one process to end.
    socat -d -d "TCP-LISTEN:$port,bind=127.0.0.1,${many}reuseaddr" "$target" 2>&1 | while read -r line; do
      # The real one's words are warnings, which its user may have turned off.
      [ "${AZURE_CORE_ONLY_SHOW_ERRORS-}" != true ] || continue
      case $line in
        *'listening on'*) printf 'WARNING: Tunnel is ready, connect on port %s\nWARNING: Ctrl + C to close\n' "$port" >&2 ;;
      esac
    done
    ;;
  *)
    echo "ERROR: '$1' is misspelled or not recognized by the system." >&2
    exit 2
    ;;
esac
