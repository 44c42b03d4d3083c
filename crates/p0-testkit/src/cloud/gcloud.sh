#!/bin/sh
# A stand-in for the Google Cloud command line: a token, signing in, and the tunnel for SSH.
state='@STATE@'
@REFUSE@
echo "gcloud $*" >> "$state/calls"
case "$1 $2" in
  'auth print-access-token')
    [ ! -e "$state/signed-out" ] || {
      echo 'ERROR: (gcloud.auth.print-access-token) You do not currently have an active account selected.' >&2
      printf 'Please run:\n\n  $ gcloud auth login\n\nto obtain new credentials.\n\n' >&2
      printf 'If you have already logged in with a different account, run:\n\n  $ gcloud config set account ACCOUNT\n' >&2
      exit 1
    }
    cat "$state/token"
    ;;
  'auth login')
    rm -f "$state/signed-out"
    echo "You are now logged in as [$3]."
    ;;
  'compute start-iap-tunnel')
    [ "$3 $4" = 'batch-1 22' ] || { echo "unexpected: $3 $4" >&2; exit 2; }
    shift 4
    while [ $# -gt 0 ]; do
      case $1 in
        --zone | --project | --account | --verbosity) shift ;;
        --listen-on-stdin | --quiet) ;;
        *) echo "ERROR: (gcloud.compute.start-iap-tunnel) unrecognized arguments: $1" >&2; exit 2 ;;
      esac
      shift
    done
    # A tunnel that is refused is a success to the real one.
    refuse 0
    exec socat - 'TCP:127.0.0.1:@PORT@'
    ;;
  *)
    echo "ERROR: (gcloud) Invalid choice: '$1'." >&2
    exit 2
    ;;
esac
