# Refuses once for each text that the test has left, in the order in which it left them.
refuse() {
  for refusal in "$state"/refusals/*; do
    [ -e "$refusal" ] || return 0
    cat "$refusal" >&2
    rm "$refusal"
    exit "$1"
  done
}
