#!/bin/sh
# A tree of processes: sh tree.sh cooperative|stubborn COUNT. It has that many processes, this one included.
#   cooperative  every one ends when stdin ends
#   stubborn     none cares for stdin or SIGTERM; every third one has left group and session, and lost its parent
kind=$1
count=$2
exec 3<&0
[ "$kind" = stubborn ] && trap '' TERM HUP INT
made=1
while [ "$made" -lt "$count" ]; do
  if [ "$kind" = cooperative ]; then
    cat <&3 >/dev/null &
  elif [ $((made % 3)) -eq 0 ]; then
    (setsid sleep 300 </dev/null >/dev/null 2>&1 &)
  else
    sleep 300 </dev/null &
  fi
  made=$((made + 1))
done
echo ready
if [ "$kind" = cooperative ]; then
  exec cat <&3 >/dev/null
fi
exec 0<&- 3<&-
exec sleep 300
