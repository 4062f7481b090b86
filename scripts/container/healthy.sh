#!/bin/sh
# Whether the service answers, asked with as little memory as the image allows: it counts against the
# container's limit. Node alone would take some 45 MiB each time.
port=${PLIMSOLL_PORT:-8018}
if command -v wget >/dev/null; then
  exec wget -q -O /dev/null "http://127.0.0.1:$port/health"
elif command -v bash >/dev/null; then
  exec bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "GET /health HTTP/1.0\r\n\r\n" >&3 &&
    read -r line <&3 && [[ $line == *" 200 "* ]]' bash "$port"
else
  exec node -e "fetch('http://127.0.0.1:$port/health').then(({ ok }) => process.exit(ok ? 0 : 1))"
fi
