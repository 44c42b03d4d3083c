#!/bin/sh
# A stand-in for the AWS command line, with no more of it than `ssm start-session` for a connection by SSH.
state='@STATE@'
@REFUSE@
echo "aws $*" >> "$state/calls"
env | grep '^AWS_' | sort > "$state/environment"
[ "$1 $2" = 'ssm start-session' ] || { echo "aws: error: argument operation: Invalid choice: $*" >&2; exit 252; }
shift 2
while [ $# -gt 0 ]; do
  case $1 in
    --region) region=$2 ;;
    --target) target=$2 ;;
    --document-name) document=$2 ;;
    --parameters) parameters=$2 ;;
    *) echo "Unknown options: $1" >&2; exit 252 ;;
  esac
  shift 2
done
[ "$region $document" = 'us-east-1 AWS-StartSSHSession' ] || { echo "unexpected: $region $document" >&2; exit 252; }
[ -n "$AWS_SESSION_TOKEN" ] || { echo 'Unable to locate credentials. You can configure credentials by running "aws configure".' >&2; exit 253; }
[ -z "$AWS_PROFILE" ] || { echo "The config profile ($AWS_PROFILE) could not be found" >&2; exit 255; }
refuse 254
command -v session-manager-plugin > /dev/null || {
  echo 'SessionManagerPlugin is not found. Please refer to SessionManager Documentation here:' >&2
  exit 255
}
# Like the real one, it stays while the plugin, its child, carries the connection.
session-manager-plugin "$target" "$parameters"
