#!/bin/sh
# Both programs on a wave: what one learns and saves, the other loads and draws.
#
# usage: run.sh learn draw
set -e
awk 'BEGIN { print "t,x"; for (i = 0; i < 200; i++) print i "," sin(i / 3) }' >wave.csv
"$1" wave.csv x "$(dirname "$0")/half_gru.cell" wave.safetensors 2>learn.log || { cat learn.log; exit 1; }
rm -f forecast.svg
"$2" wave.csv x wave.safetensors
grep -q 'was foretold' forecast.svg
