# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# beside.sh - commands that run beside each other, none of which outlives the script that began it. Sourced by tests/run.
#
# Each is begun in a process group of its own, and waited for: so a signal to the script is acted on at once, and reaches
# whatever the commands have started.

declare -A beside_groups=()

# begin COMMAND...: starts a command, or a function, which reads nothing. Its number is in $begun.
begin() {
  set -m
  "$@" </dev/null &
  set +m
  begun=$!
  beside_groups[$begun]=true
}

# finish NUMBER: waits for what was begun; its status.
finish() {
  local status=0
  wait "$1" || status=$?
  unset "beside_groups[$1]"
  return "$status"
}

# attend COMMAND...: as the command alone.
attend() {
  begin "$@"
  finish "$begun"
}

# Ends what is still running.
beside_end() {
  local group
  for group in "${!beside_groups[@]}"; do
    kill -TERM -- "-$group" 2>/dev/null || true
  done
  wait
}
trap beside_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
