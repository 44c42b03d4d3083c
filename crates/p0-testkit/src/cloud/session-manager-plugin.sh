#!/bin/sh
# A stand-in for the Session Manager plugin: it carries bytes to a server of the test.
[ "$2" = 'portNumber=22' ] || { echo "unexpected: $2" >&2; exit 1; }
exec socat - 'TCP:127.0.0.1:@PORT@'
